-- SET LOCAL holds until the transaction ends.
BEGIN
-- then
SET LOCAL search_path = shadow, pg_catalog
-- then
SELECT lower('x')
