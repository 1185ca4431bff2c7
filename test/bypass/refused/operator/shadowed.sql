-- A search_path that makes = somebody else's.
SET search_path = shadow, pg_catalog, public
-- then
SELECT 1 = 1
