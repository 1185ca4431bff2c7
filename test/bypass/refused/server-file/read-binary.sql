-- The same as bytes.
SELECT pg_read_binary_file('PG_VERSION')
