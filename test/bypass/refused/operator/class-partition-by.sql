-- PARTITION BY and GROUP BY compare by it.
SELECT row_number() OVER (PARTITION BY c) FROM public.coded
