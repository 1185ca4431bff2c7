-- Through a view that can be written.
CREATE VIEW public.cheap AS SELECT * FROM public.orders WHERE total < 5
-- then
UPDATE public.cheap SET note = 'cheap' WHERE id = 2
-- then
DROP VIEW public.cheap
