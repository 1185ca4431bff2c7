-- An extension's function that runs text.
SELECT * FROM public.crosstab('DELETE FROM public.ruled RETURNING 1, 2, 3') AS t(a int, b int)
