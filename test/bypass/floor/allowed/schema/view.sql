-- A view.
CREATE VIEW public.few AS SELECT id FROM public.orders WHERE id < 5
-- then
DROP VIEW public.few
