-- A function with its own search_path, as its security asks for.
CREATE FUNCTION public.made(int) RETURNS int LANGUAGE sql SET search_path = pg_catalog AS 'SELECT $1'
-- then
ALTER FUNCTION public.made(int) SET search_path = public
-- then
DROP FUNCTION public.made(int)
