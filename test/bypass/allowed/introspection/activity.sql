-- What runs.
SELECT pid, usename, state, query_start FROM pg_stat_activity
