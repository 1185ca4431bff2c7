-- The same by ROLLBACK.
BEGIN
-- then
ROLLBACK AND CHAIN
-- then
SET transaction_read_only = off
-- then
DELETE FROM orders
-- then
COMMIT
