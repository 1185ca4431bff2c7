-- What files there are.
SELECT size FROM pg_stat_file('postgresql.conf')
