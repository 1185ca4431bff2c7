-- Stops writers.
BEGIN
-- then
LOCK TABLE customers IN SHARE MODE
-- then
COMMIT
