-- Rows that are held.
BEGIN
-- then
SELECT id FROM public.orders WHERE id = 1 FOR UPDATE
-- then
UPDATE public.orders SET note = 'held' WHERE id = 1
-- then
COMMIT
