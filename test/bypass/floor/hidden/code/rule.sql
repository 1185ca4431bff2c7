-- A rule.
DO $outer$ BEGIN EXECUTE $inner$CREATE RULE r AS ON DELETE TO public.ruled DO INSTEAD NOTHING$inner$; END $outer$
