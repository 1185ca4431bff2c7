-- The same, the path set by a function's call.
PREPARE s AS SELECT lower(name) FROM public.customers
-- then
SELECT set_config('search_path', 'shadow, pg_catalog', false)
-- then
EXECUTE s
