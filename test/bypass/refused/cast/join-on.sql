-- A join's condition becomes boolean by a user's cast.
SELECT 1 FROM public.customers c JOIN public.orders o ON ROW(1, 2)::public.pair
