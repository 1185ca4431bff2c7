-- With ONLY.
SELECT * FROM ONLY public.remote_orders
