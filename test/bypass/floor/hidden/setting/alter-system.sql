-- The whole server's.
DO $outer$ BEGIN EXECUTE $inner$ALTER SYSTEM SET work_mem = '1GB'$inner$; END $outer$
