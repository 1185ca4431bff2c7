-- In CREATE TABLE AS.
CREATE TABLE public.stolen AS SELECT pg_read_file('postgresql.conf') AS t
