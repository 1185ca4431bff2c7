-- In EXPLAIN ANALYZE.
EXPLAIN (ANALYZE, VERBOSE) INSERT INTO app.log (line) SELECT pg_read_file('postgresql.conf')
