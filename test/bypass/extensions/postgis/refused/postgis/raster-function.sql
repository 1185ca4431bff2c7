-- Map algebra calls a function given by name.
SELECT ST_MapAlgebra(ST_AddBand(ST_MakeEmptyRaster(1, 1, 0, 0, 1), '8BUI'::text, 1, 0), 1, 'public.sly_pixel(double precision[],integer[],text[])'::regprocedure)
