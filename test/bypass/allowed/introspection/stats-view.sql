-- Column statistics as far as the login may see them.
SELECT tablename, attname, n_distinct FROM pg_stats WHERE schemaname = 'public'
