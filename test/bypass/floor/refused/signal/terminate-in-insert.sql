-- In an INSERT.
INSERT INTO app.log (line) SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = 'bystander'
