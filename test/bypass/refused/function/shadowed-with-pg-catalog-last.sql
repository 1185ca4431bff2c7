-- pg_catalog named last is searched last.
SET search_path = shadow, public, pg_catalog
-- then
SELECT count(id) FROM public.customers
