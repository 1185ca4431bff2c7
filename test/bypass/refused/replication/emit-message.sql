-- Open to all; ROLLBACK does not undo it.
SELECT pg_logical_emit_message(false, 'p', 'planted')
