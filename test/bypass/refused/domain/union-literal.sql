-- An arm's literal becomes the other arm's type.
SELECT h FROM public.held UNION ALL SELECT '(x)'
