-- A lock that a migration takes.
SELECT pg_advisory_lock(5)
-- then
SELECT pg_advisory_unlock(5)
