-- The usual question: what is near a point, by index.
SELECT id, ST_Distance(place::geography, ST_SetSRID(ST_MakePoint(13.4, 52.5), 4326)::geography) AS metres FROM places
  WHERE ST_DWithin(place::geography, ST_SetSRID(ST_MakePoint(13.4, 52.5), 4326)::geography, 1000) ORDER BY metres LIMIT 5
