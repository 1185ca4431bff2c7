-- Explicit READ WRITE.
BEGIN READ WRITE
-- then
INSERT INTO app.log (line) VALUES ('x')
-- then
COMMIT
