-- A schema.
DO $outer$ BEGIN EXECUTE $inner$CREATE SCHEMA left_behind$inner$; END $outer$
