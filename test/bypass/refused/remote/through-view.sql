-- A view over a foreign table.
SELECT * FROM public.view_of_remote
