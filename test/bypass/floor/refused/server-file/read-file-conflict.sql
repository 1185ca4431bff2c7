-- In ON CONFLICT.
INSERT INTO public.customers VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = pg_read_file('postgresql.conf')
