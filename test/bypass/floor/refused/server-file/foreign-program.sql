-- A foreign table that is what a command says.
CREATE FOREIGN TABLE public.planted (line text) SERVER files OPTIONS (program 'id')
