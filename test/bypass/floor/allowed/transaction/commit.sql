-- A transaction.
BEGIN
-- then
INSERT INTO app.log (line) VALUES ('t')
-- then
COMMIT
