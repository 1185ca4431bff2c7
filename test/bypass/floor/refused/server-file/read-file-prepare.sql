-- In a prepared statement.
PREPARE p AS SELECT pg_read_file('postgresql.conf')
-- then
EXECUTE p
