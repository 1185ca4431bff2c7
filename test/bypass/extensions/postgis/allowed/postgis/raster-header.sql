-- The header of a raster.
SELECT ST_Width(r), ST_Height(r), ST_SRID(r), ST_NumBands(r) FROM (SELECT NULL::raster) x (r)
