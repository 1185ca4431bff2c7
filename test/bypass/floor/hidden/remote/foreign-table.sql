-- A table there.
DO $outer$ BEGIN EXECUTE $inner$CREATE FOREIGN TABLE public.planted (a int) SERVER elsewhere$inner$; END $outer$
