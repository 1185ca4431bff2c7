-- The shared ones.
SELECT pg_stat_reset_shared('bgwriter')
