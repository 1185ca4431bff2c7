-- Even one's own, which would look like an accident.
SELECT pg_terminate_backend(pg_backend_pid())
