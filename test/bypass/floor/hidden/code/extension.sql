-- An extension.
DO $outer$ BEGIN EXECUTE $inner$CREATE EXTENSION citext$inner$; END $outer$
