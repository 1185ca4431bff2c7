-- WAL that ROLLBACK does not undo.
SELECT pg_logical_emit_message(false, 'x', 'y')
