-- EXPLAIN ANALYZE of a foreign table connects as well.
EXPLAIN ANALYZE SELECT * FROM public.remote_orders
