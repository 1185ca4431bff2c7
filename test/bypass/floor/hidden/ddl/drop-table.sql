-- Drops one.
DO $outer$ BEGIN EXECUTE $inner$DROP TABLE public.ruled$inner$; END $outer$
