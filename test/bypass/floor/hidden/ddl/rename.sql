-- Another name.
DO $outer$ BEGIN EXECUTE $inner$ALTER TABLE public.ruled RENAME TO planted$inner$; END $outer$
