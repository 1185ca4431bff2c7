-- A transaction that only reads.
BEGIN READ ONLY
-- then
SELECT 1
-- then
COMMIT
