-- A type that is known only when a later WITH query is: whatever it is, it is compared.
WITH RECURSIVE x AS (SELECT a FROM y), y AS (SELECT c AS a FROM public.coded) SELECT a FROM x ORDER BY a
