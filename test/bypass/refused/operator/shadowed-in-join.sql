-- The same in a join's USING.
SET search_path = shadow, pg_catalog, public
-- then
SELECT count(*) FROM public.customers a JOIN public.customers b USING (id)
