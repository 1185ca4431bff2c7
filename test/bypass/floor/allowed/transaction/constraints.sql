-- Deferred constraints.
BEGIN
-- then
SET CONSTRAINTS ALL DEFERRED
-- then
COMMIT
