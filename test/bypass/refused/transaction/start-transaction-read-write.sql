-- In the standard's words, with an isolation level.
START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE
-- then
DELETE FROM orders
-- then
COMMIT
