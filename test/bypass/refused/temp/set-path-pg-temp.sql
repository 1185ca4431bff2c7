-- pg_temp first makes temp tables win.
SET search_path = pg_temp, public
-- then
CREATE TEMP TABLE customers AS SELECT 1 AS id
