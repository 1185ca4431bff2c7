-- In a transaction that is committed.
BEGIN
-- then
ALTER ROLE corpus_reader BYPASSRLS
-- then
COMMIT
