-- A prepared text is resolved anew when search_path changes: then its harmless names mean others.
PREPARE s AS SELECT lower(name) FROM public.customers
-- then
SET search_path = shadow, pg_catalog
-- then
EXECUTE s
