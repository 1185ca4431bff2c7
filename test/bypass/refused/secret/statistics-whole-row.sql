-- The same by the whole row, and of extended statistics.
SELECT s FROM pg_stats_ext_exprs s
