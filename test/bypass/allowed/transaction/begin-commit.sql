-- A transaction.
BEGIN
-- then
SELECT 1
-- then
COMMIT
