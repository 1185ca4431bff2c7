-- In a materialized view, filled at once.
CREATE MATERIALIZED VIEW public.stolen AS SELECT pg_read_file('postgresql.conf') AS t
