-- By a function.
SELECT pg_read_file('postgresql.conf')
