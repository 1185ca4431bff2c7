-- Statistics.
SELECT relname, seq_scan, n_live_tup FROM pg_stat_user_tables
