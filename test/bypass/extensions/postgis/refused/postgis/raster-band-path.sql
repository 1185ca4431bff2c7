-- A band is made one out of the database.
SELECT ST_SetBandPath(ST_AddBand(ST_MakeEmptyRaster(1, 1, 0, 0, 1), '8BUI'::text), 1, '/etc/passwd', 1, true)
