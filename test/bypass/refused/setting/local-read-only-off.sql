-- SET LOCAL.
BEGIN
-- then
SET LOCAL transaction_read_only = off
-- then
INSERT INTO app.log (line) VALUES ('x')
-- then
COMMIT
