-- With an isolation level.
BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE
-- then
UPDATE public.orders SET note = 'x' WHERE id = 6
-- then
COMMIT
