-- A savepoint does not change the mode.
BEGIN
-- then
SAVEPOINT a
-- then
DELETE FROM orders
-- then
ROLLBACK TO a
-- then
COMMIT
