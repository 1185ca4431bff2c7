-- A folder of the server's.
DO $outer$ BEGIN EXECUTE $inner$CREATE TABLESPACE t LOCATION '/tmp'$inner$; END $outer$
