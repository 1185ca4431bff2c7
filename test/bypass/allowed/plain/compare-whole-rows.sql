-- Whole rows of built-in types, compared, distinct and sorted.
SELECT DISTINCT c FROM public.customers c WHERE c = c ORDER BY c
