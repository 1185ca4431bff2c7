-- Every way out of READ ONLY, one after the other, before the first snapshot of a transaction: alone each is a quiet no-op.
BEGIN
-- then
SET LOCAL transaction_read_only = off
-- then
SET TRANSACTION READ WRITE
-- then
SELECT pg_catalog.set_config('transaction_read_only', NULL, true) AS "a""b"
-- then
SET transaction_read_only TO DEFAULT
-- then
RESET transaction_read_only
-- then
INSERT INTO app.log (line) VALUES ('x')
-- then
COMMIT
