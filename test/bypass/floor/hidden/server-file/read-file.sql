-- By a function.
DO $$ BEGIN INSERT INTO app.log (line) SELECT pg_read_file('postgresql.conf'); END $$
