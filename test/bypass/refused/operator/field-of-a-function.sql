-- Fields of rows that functions give: their types are followed, so what the users made of these types must be found all the same.
SELECT (information_schema._pg_expandarray(ARRAY[1])).n OPERATOR(public.===) 1
-- then
SELECT (k).n::public.pair FROM (SELECT information_schema._pg_expandarray(ARRAY[1]) AS k) a
-- then
WITH a AS (SELECT information_schema._pg_expandarray(ARRAY[1]) AS k) SELECT OPERATOR(public.!!) (b.k).x FROM (SELECT * FROM a) b
-- then
SELECT (SELECT (k).x) OPERATOR(public.===) (k).n FROM (SELECT information_schema._pg_expandarray(ARRAY[1]) AS k) a
-- then
SELECT (k).x::public.noisy FROM (SELECT information_schema._pg_expandarray(ARRAY['a'::text]) AS k) a
-- then
SELECT d.grantee OPERATOR(public.===) 1 FROM (SELECT ((aclexplode(relacl)).grantee)::int AS grantee FROM pg_class) d
