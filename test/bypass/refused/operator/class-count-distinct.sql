-- An aggregate's DISTINCT sorts by the type's own operator class.
SELECT count(DISTINCT c) FROM public.coded
