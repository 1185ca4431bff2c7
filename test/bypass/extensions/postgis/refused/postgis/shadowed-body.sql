-- The operators in the bodies of its functions in SQL are looked up when they run.
SET search_path = shadow, pg_catalog, public
-- then
SELECT public.ST_AsText(public.ST_TileEnvelope(0, 0, 0)), public.ST_Rotate('POINT(1 1)'::public.geometry, 1)
