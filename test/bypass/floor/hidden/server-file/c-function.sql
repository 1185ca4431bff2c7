-- A function in C.
DO $outer$ BEGIN EXECUTE $inner$CREATE FUNCTION public.c() RETURNS int LANGUAGE c AS '/tmp/x.so', 'x'$inner$; END $outer$
