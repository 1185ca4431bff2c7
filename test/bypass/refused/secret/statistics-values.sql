-- Statistics hold a sample of each column's values, of protected tables and of pg_authid too.
SELECT tablename, attname, most_common_vals FROM pg_stats
