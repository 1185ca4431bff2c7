-- Stops everybody.
BEGIN
-- then
LOCK TABLE customers
-- then
COMMIT
