-- IN over a query joins by the type's own equality.
SELECT 1 WHERE (SELECT c FROM public.coded LIMIT 1) IN (SELECT c FROM public.coded)
