-- set_config, as pg_dump does.
SELECT pg_catalog.set_config('search_path', '', false)
-- then
SELECT * FROM public.customers
