-- ORDER BY runs the comparison of the type's own operator class.
SELECT c FROM public.coded ORDER BY c
