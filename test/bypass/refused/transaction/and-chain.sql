-- A chained transaction begins before anybody looked.
BEGIN
-- then
COMMIT AND CHAIN
-- then
SET TRANSACTION READ WRITE
-- then
DELETE FROM orders
-- then
COMMIT
