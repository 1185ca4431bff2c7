-- In bytes.
DO $outer$ BEGIN PERFORM pg_logical_emit_message(true, 'x', 'y'::bytea); END $outer$
