-- For a transaction.
BEGIN
-- then
SET LOCAL ROLE corpus_reader
-- then
COMMIT
