-- A checkpoint.
DO $outer$ BEGIN EXECUTE $inner$CHECKPOINT$inner$; END $outer$
