-- Statistics are taken over there.
ANALYZE public.remote_orders
