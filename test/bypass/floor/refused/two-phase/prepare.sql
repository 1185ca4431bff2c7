-- A transaction that outlives the elevation.
BEGIN
-- then
SELECT 1
-- then
PREPARE TRANSACTION 'left'
-- then
ROLLBACK
