-- until 15: The operators in the body of an extension's function in SQL are looked up when it runs.
SET search_path = shadow, pg_catalog, public
-- then
SELECT public.latitude(public.ll_to_earth(1, 2))
