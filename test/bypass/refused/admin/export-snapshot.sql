-- Leaves a snapshot file.
BEGIN
-- then
SELECT pg_export_snapshot()
-- then
COMMIT
