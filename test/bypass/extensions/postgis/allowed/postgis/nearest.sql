-- K nearest neighbours by the distance operator.
SELECT id FROM places ORDER BY place <-> 'SRID=4326;POINT(13 52)'::geometry LIMIT 3
