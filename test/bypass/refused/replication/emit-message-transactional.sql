-- The transactional one.
SELECT pg_logical_emit_message(true, 'p', 'planted')
