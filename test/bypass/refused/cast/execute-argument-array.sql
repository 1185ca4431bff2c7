-- The elements of what EXECUTE gives become the declared array's, each by a cast that writes.
PREPARE p (public.pair[]) AS SELECT 1
-- then
EXECUTE p(ARRAY[5])
