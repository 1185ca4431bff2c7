-- A table that is held.
BEGIN
-- then
LOCK TABLE public.orders IN SHARE MODE
-- then
COMMIT
