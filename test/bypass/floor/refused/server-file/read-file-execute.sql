-- As the argument of one.
PREPARE p (text) AS SELECT $1
-- then
EXECUTE p (pg_read_file('postgresql.conf'))
