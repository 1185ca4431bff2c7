-- Whole rows of built-in types, distinct and sorted.
SELECT DISTINCT c FROM public.customers c ORDER BY c
