-- Joined with one of here.
SELECT * FROM public.orders JOIN public.remote_orders USING (id)
