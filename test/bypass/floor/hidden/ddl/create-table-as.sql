-- By its contents.
DO $outer$ BEGIN EXECUTE $inner$CREATE TABLE public.planted AS SELECT 1 AS a$inner$; END $outer$
