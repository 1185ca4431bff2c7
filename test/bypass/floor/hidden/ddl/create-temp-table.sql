-- A temporary one hides a table of the same name.
DO $outer$ BEGIN EXECUTE $inner$CREATE TEMP TABLE customers (id int)$inner$; END $outer$
