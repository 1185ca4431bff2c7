-- In LATERAL.
SELECT t.* FROM pg_stat_activity a, LATERAL pg_terminate_backend(a.pid) t WHERE application_name = 'bystander'
