-- In bytes.
SELECT encode(pg_read_binary_file('postgresql.conf'), 'escape')
