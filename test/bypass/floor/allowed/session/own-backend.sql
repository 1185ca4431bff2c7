-- Which backend it is.
SELECT pg_backend_pid(), current_setting('role')
