-- In a partition's bound, computed at once.
CREATE TABLE public.stolen PARTITION OF public.spread FOR VALUES IN (length(pg_read_file('postgresql.conf')))
