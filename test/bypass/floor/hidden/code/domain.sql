-- A domain.
DO $outer$ BEGIN EXECUTE $inner$CREATE DOMAIN public.planted AS int$inner$; END $outer$
