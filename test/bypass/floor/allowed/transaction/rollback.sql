-- And back.
BEGIN
-- then
DELETE FROM public.orders
-- then
ROLLBACK
