-- A file for as long as the transaction runs.
BEGIN
-- then
DO $outer$ BEGIN PERFORM pg_export_snapshot(); END $outer$
-- then
COMMIT
