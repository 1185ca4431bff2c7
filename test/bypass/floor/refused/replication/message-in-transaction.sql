-- Also the transactional one.
BEGIN
-- then
SELECT pg_logical_emit_message(true, 'x', 'y')
-- then
COMMIT
