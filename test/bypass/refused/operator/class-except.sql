-- EXCEPT compares whole rows by it.
SELECT c FROM public.coded EXCEPT SELECT c FROM public.coded
