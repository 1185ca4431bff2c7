-- Locks rows.
BEGIN
-- then
DECLARE c CURSOR FOR SELECT * FROM customers FOR UPDATE
-- then
FETCH ALL FROM c
