-- Rows are compared by their columns' operator classes.
SELECT ROW(1, a.c) < ROW(1, b.c) FROM public.coded a, public.coded b
