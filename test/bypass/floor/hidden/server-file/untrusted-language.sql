-- A language that does anything.
DO $outer$ BEGIN EXECUTE $inner$CREATE LANGUAGE plperlu$inner$; END $outer$
