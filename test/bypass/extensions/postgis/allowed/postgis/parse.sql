-- The texts that applications give.
SELECT ST_GeomFromText('POINT(1 2)', 4326), ST_GeomFromGeoJSON('{"type":"Point","coordinates":[1,2]}'), ST_GeogFromText('POINT(1 2)'), 'LINESTRING(0 0,1 1)'::geometry, ST_GeomFromEWKT('SRID=4326;POINT(1 2)')
