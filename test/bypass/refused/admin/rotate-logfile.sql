-- Rotates its log.
SELECT pg_rotate_logfile()
