-- A view.
DO $outer$ BEGIN EXECUTE $inner$CREATE VIEW public.planted AS SELECT 1 AS a$inner$; END $outer$
