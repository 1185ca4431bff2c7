-- A view makes JSON of rows whose column has such a type.
SELECT * FROM public.json_of_rows
