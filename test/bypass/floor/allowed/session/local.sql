-- For a transaction.
BEGIN
-- then
SET LOCAL lock_timeout = '2s'
-- then
COMMIT
