-- DISTINCT runs it, or hashes with a function of its own.
SELECT DISTINCT c FROM public.coded
