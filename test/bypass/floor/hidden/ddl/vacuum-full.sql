-- A table that is rewritten under a lock.
DO $outer$ BEGIN EXECUTE $inner$REINDEX TABLE public.orders$inner$; END $outer$
