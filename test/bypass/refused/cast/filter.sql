-- An aggregate's FILTER becomes boolean by a user's cast.
SELECT count(*) FILTER (WHERE ROW(1, 2)::public.pair) FROM public.customers
