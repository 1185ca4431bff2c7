-- A library's code.
DO $outer$ BEGIN EXECUTE $inner$LOAD '/tmp/x.so'$inner$; END $outer$
