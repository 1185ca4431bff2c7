-- Aggregates that sort built-in types.
SELECT count(DISTINCT customer), mode() WITHIN GROUP (ORDER BY customer), percentile_disc(0.5) WITHIN GROUP (ORDER BY placed) FROM public.orders
