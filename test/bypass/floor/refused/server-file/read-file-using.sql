-- In the conversion of a column.
ALTER TABLE public.orders ALTER COLUMN note TYPE text USING pg_read_file('postgresql.conf')
