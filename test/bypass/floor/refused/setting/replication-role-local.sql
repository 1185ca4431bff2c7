-- For a transaction.
BEGIN
-- then
SET LOCAL session_replication_role TO 'replica'
-- then
COMMIT
