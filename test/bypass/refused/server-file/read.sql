-- Reads a file of the server.
SELECT pg_read_file('postgresql.conf')
