-- As Django's .iterator() and psqlODBC declare it: tables, and stable functions of the server.
DECLARE c CURSOR WITH HOLD FOR SELECT lower(name) FROM customers ORDER BY 1
-- then
FETCH 2 FROM c
-- then
BEGIN
-- then
FETCH 2 FROM c
-- then
COMMIT
-- then
CLOSE c
