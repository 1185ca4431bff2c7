-- A view joins text and such a row.
SELECT * FROM public.concatenated_pair
