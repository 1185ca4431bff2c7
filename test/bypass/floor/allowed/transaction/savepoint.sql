-- A part of it.
BEGIN
-- then
SAVEPOINT a
-- then
DELETE FROM public.orders
-- then
ROLLBACK TO a
-- then
RELEASE a
-- then
COMMIT
