-- A foreign table that is a file.
CREATE FOREIGN TABLE public.planted (line text) SERVER files OPTIONS (filename '/etc/passwd')
