-- A read, as in read mode.
SELECT count(*) FROM public.orders
