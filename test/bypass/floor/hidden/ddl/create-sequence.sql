-- A sequence.
DO $outer$ BEGIN EXECUTE $inner$CREATE SEQUENCE public.planted$inner$; END $outer$
