-- A vetted body that was resolved when it was made calls by object id what CREATE OR REPLACE has changed since.
SELECT public.vouched_atomic('x')
