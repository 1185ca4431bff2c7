-- GREATEST runs it.
SELECT greatest(a.c, b.c) FROM public.coded a, public.coded b
