-- A child of plain inheritance is a foreign table.
SELECT * FROM public.heirs
