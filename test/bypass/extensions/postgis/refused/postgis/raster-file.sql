-- A band out of the database is a file of the server.
SELECT ST_Value(ST_AddBand(ST_MakeEmptyRaster(1, 1, 0, 0, 1), 1, '/etc/passwd', ARRAY[1]), 1, 1, 1)
