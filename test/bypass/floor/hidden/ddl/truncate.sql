-- Empties one without a trace of its rows.
DO $outer$ BEGIN EXECUTE $inner$TRUNCATE public.ruled$inner$; END $outer$
