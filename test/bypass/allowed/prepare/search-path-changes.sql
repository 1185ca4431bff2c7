-- A prepared statement goes on working when search_path changes harmlessly.
PREPARE s AS SELECT count(*) FROM public.customers
-- then
SET search_path = app, public
-- then
EXECUTE s
-- then
DEALLOCATE s
