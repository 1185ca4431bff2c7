-- A vector tile.
SELECT ST_AsMVT(t, 'places', 4096, 'geom') FROM (SELECT id, ST_AsMVTGeom(ST_Transform(place, 3857), ST_TileEnvelope(0, 0, 0)) AS geom FROM places) t
