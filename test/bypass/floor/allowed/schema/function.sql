-- A function, which policy denies on production unless a rule allows it.
CREATE FUNCTION public.made(int) RETURNS int LANGUAGE sql AS 'SELECT $1'
-- then
DROP FUNCTION public.made(int)
