-- Looks at one.
SELECT * FROM pg_stat_file('PG_VERSION')
