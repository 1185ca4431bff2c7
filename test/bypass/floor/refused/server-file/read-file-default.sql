-- As the default of a new column, which is computed at once.
ALTER TABLE app.log ADD COLUMN stolen text DEFAULT pg_read_file('postgresql.conf')
