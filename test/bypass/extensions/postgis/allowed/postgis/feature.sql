-- A row as a GeoJSON feature.
SELECT ST_AsGeoJSON(p) FROM places p
