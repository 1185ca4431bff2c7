-- Kept in a table, to be read in peace.
INSERT INTO app.log (line) SELECT pg_read_file('postgresql.conf')
