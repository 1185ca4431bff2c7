-- What ANALYZE and VACUUM do.
ANALYZE public.orders
-- then
VACUUM public.orders
