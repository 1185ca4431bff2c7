-- WAL that ROLLBACK does not undo.
DO $outer$ BEGIN PERFORM pg_logical_emit_message(false, 'x', 'y'); END $outer$
