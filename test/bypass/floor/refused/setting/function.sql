-- For as long as a function runs.
CREATE FUNCTION public.planted() RETURNS void LANGUAGE sql SET session_replication_role = replica AS 'DELETE FROM public.ruled'
