-- A field of a row without a name of its own.
SELECT (q.*).a FROM (SELECT c AS a FROM public.coded) q ORDER BY 1
