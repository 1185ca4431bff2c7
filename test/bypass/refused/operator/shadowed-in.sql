-- The same behind IN.
SET search_path = shadow, pg_catalog, public
-- then
SELECT id FROM public.customers WHERE id IN (1, 2)
