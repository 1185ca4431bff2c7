-- A database.
DO $outer$ BEGIN EXECUTE $inner$DROP DATABASE template1$inner$; END $outer$
