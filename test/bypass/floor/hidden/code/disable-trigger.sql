-- Switches them off.
DO $outer$ BEGIN EXECUTE $inner$ALTER TABLE public.orders DISABLE TRIGGER ALL$inner$; END $outer$
