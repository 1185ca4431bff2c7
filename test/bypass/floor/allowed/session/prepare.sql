-- A prepared statement.
PREPARE u (int) AS UPDATE public.orders SET note = 'p' WHERE id = $1
-- then
EXECUTE u (7)
-- then
DEALLOCATE u
