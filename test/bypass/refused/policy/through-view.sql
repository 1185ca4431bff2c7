-- A view over a table with row policies: the policies run as well.
SELECT * FROM public.view_of_guarded
