-- An index with an expression.
DO $outer$ BEGIN EXECUTE $inner$CREATE INDEX i ON public.orders (lower(note))$inner$; END $outer$
