-- In a DELETE's WHERE.
DELETE FROM public.ruled WHERE EXISTS (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bystander')
