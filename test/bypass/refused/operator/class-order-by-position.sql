-- ORDER BY a number sorts the output column at that place, by its own operator class.
SELECT id, c FROM public.customers, public.coded ORDER BY 1, 2
