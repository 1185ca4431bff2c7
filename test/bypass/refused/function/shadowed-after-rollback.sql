-- ROLLBACK brings an earlier path back, COMMIT keeps it.
SET search_path = shadow, pg_catalog
-- then
BEGIN
-- then
SET search_path = public
-- then
ROLLBACK
-- then
SELECT lower('x')
