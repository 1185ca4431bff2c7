-- Removes one.
DO $outer$ BEGIN PERFORM lo_unlink(424242); END $outer$
