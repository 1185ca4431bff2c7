-- A cursor.
BEGIN
-- then
DECLARE c SCROLL CURSOR FOR SELECT * FROM orders ORDER BY id
-- then
FETCH 5 FROM c
-- then
FETCH BACKWARD 2 FROM c
-- then
MOVE LAST IN c
-- then
CLOSE c
-- then
COMMIT
