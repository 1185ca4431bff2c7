-- A restore point.
DO $outer$ BEGIN PERFORM pg_create_restore_point('x'); END $outer$
