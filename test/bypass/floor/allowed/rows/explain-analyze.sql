-- What an UPDATE costs.
EXPLAIN ANALYZE UPDATE public.orders SET note = note WHERE id = 2
