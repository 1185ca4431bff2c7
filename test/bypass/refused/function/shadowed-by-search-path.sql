-- The session's search_path makes a built-in name somebody else's.
SET search_path = shadow, pg_catalog, public
-- then
SELECT lower('x')
