-- Speaks to GDAL.
SELECT * FROM ST_GDALDrivers()
