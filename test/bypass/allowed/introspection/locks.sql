-- Locks.
SELECT locktype, mode, granted, pg_blocking_pids(pid) FROM pg_locks
