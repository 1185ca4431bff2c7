-- In a CHECK, which existing rows are tried against.
ALTER TABLE public.orders ADD CHECK (pg_read_file('postgresql.conf') <> '')
