-- With a timeout.
SELECT pg_terminate_backend(pid, 100) FROM pg_stat_activity WHERE application_name = 'bystander'
