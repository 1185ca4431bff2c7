-- The bounding box of a map, as tile servers ask.
SELECT id FROM places WHERE place && ST_MakeEnvelope(0, 0, 50, 60, 4326)
