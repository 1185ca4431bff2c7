-- By the older function.
DO $outer$ BEGIN PERFORM lo_creat(-1); END $outer$
