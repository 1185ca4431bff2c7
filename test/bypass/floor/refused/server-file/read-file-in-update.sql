-- In an UPDATE's value.
UPDATE public.orders SET note = pg_read_file('postgresql.conf') WHERE id = 1
