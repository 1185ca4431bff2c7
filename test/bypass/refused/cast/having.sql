-- HAVING becomes boolean by a user's cast.
SELECT count(*) FROM public.customers HAVING ROW(1, 2)::public.pair
