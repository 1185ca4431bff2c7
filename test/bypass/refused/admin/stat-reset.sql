-- Throws statistics away.
SELECT pg_stat_reset()
