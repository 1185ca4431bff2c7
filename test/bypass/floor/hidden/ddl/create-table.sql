-- A table.
DO $outer$ BEGIN EXECUTE $inner$CREATE TABLE public.planted (a int)$inner$; END $outer$
