-- A positioned update.
BEGIN
-- then
DECLARE c CURSOR FOR SELECT * FROM customers
-- then
FETCH 1 FROM c
-- then
UPDATE customers SET name = 'x' WHERE CURRENT OF c
-- then
COMMIT
