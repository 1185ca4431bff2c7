-- With its contents.
DO $outer$ BEGIN PERFORM lo_from_bytea(777777, 'x'); END $outer$
