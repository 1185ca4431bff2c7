-- TABLESAMPLE's argument becomes real by a user's cast.
SELECT 1 FROM public.customers TABLESAMPLE bernoulli (ROW(1, 2)::public.pair)
