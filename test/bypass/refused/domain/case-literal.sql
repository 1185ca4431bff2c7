-- CASE makes its literals what its other results are.
SELECT CASE WHEN true THEN '(x)' ELSE h END FROM public.held
