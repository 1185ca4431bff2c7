-- Writes into the server's log.
DO $outer$ BEGIN PERFORM pg_log_backend_memory_contexts(pg_backend_pid()); END $outer$
