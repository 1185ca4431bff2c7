-- Map algebra runs its expression as SQL.
SELECT ST_MapAlgebra(ST_AddBand(ST_MakeEmptyRaster(1, 1, 0, 0, 1), '8BUI'::text, 1, 0), 1, NULL, '(SELECT pg_advisory_lock_shared(4720) IS NULL)::int')
