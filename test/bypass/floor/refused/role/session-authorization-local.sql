-- For a transaction.
BEGIN
-- then
SET LOCAL SESSION AUTHORIZATION corpus_reader
-- then
COMMIT
