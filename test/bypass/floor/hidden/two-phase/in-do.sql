-- A transaction that outlives the elevation, from a block of code, where it is no statement at all.
DO $outer$ BEGIN EXECUTE $inner$PREPARE TRANSACTION 'left'$inner$; END $outer$
