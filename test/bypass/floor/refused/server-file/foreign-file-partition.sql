-- A partition that is one.
CREATE FOREIGN TABLE public.planted PARTITION OF public.spread FOR VALUES IN (7) SERVER files OPTIONS (filename '/etc/passwd')
