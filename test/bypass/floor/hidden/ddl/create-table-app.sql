-- In another schema.
DO $outer$ BEGIN EXECUTE $inner$CREATE TABLE app.planted (a int)$inner$; END $outer$
