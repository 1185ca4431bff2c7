-- In RETURNING.
INSERT INTO public.ruled VALUES (1) RETURNING pg_read_file('postgresql.conf')
