-- DISTINCT over a whole row that holds the type.
SELECT DISTINCT t FROM public.coded t
