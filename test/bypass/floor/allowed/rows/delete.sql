-- A DELETE.
DELETE FROM public.orders WHERE id = 39
