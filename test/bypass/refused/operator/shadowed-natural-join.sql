-- The same in a natural join, where no operator is written.
SET search_path = shadow, pg_catalog, public
-- then
SELECT count(*) FROM public.customers a NATURAL JOIN public.customers b
