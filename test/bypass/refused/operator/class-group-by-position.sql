-- GROUP BY a number does as well.
SELECT c, count(*) FROM public.coded GROUP BY 1
