-- Works until the first snapshot.
BEGIN
-- then
SET TRANSACTION READ WRITE
-- then
INSERT INTO app.log (line) VALUES ('x')
-- then
COMMIT
