-- In the body of a function that is parsed when it is made.
CREATE FUNCTION public.stolen() RETURNS text LANGUAGE sql RETURN pg_read_file('postgresql.conf')
