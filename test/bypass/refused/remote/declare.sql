-- In a cursor.
BEGIN
-- then
DECLARE c CURSOR FOR SELECT * FROM remote_orders
-- then
FETCH c
