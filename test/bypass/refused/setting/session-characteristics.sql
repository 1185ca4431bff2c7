-- In the standard's words, with more beside them, and then in transactions of its own.
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE
-- then
BEGIN
-- then
INSERT INTO app.log (line) VALUES ('x')
-- then
COMMIT
