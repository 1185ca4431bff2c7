-- Savepoints.
BEGIN
-- then
SAVEPOINT a
-- then
SELECT 1
-- then
ROLLBACK TO SAVEPOINT a
-- then
RELEASE a
-- then
COMMIT
