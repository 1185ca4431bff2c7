-- Which runs as another role.
CREATE FUNCTION public.planted() RETURNS void LANGUAGE sql SET role = corpus_reader AS 'DELETE FROM public.ruled'
