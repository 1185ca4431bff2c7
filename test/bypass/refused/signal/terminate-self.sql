-- Ends its own backend, to be reborn elsewhere.
SELECT pg_terminate_backend(pg_backend_pid())
