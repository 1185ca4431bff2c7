-- Whole rows are compared as records, column by column, by the columns' own operator classes.
SELECT a = b FROM public.coded a, public.coded b
