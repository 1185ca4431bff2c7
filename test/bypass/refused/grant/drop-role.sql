-- The end of one.
DROP ROLE IF EXISTS somebody
