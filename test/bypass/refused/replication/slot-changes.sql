-- Consumes what another waits for.
SELECT * FROM pg_logical_slot_get_changes('x', NULL, NULL)
