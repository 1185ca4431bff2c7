-- A schema that the path names twice counts where it stands first.
SET search_path = shadow, pg_catalog, public, shadow
-- then
SELECT lower('x')
