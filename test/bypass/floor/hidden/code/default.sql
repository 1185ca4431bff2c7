-- A default that runs later.
DO $outer$ BEGIN EXECUTE $inner$ALTER TABLE public.orders ALTER COLUMN note SET DEFAULT now()::text$inner$; END $outer$
