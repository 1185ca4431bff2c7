-- Another column.
DO $outer$ BEGIN EXECUTE $inner$ALTER TABLE public.orders ADD COLUMN x int$inner$; END $outer$
