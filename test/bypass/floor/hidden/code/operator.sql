-- An operator.
DO $outer$ BEGIN EXECUTE $inner$CREATE OPERATOR public.@@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)$inner$; END $outer$
