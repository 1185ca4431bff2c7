-- The function runs at FETCH.
BEGIN
-- then
DECLARE c CURSOR FOR SELECT definer_write(name) FROM customers
-- then
FETCH 1 FROM c
