-- The texts that applications take: WKT, WKB, GeoJSON, KML, GML, SVG.
SELECT ST_AsText(place), ST_AsEWKT(place), ST_AsBinary(place), encode(ST_AsEWKB(place), 'hex'), ST_AsGeoJSON(place), ST_AsKML(place), ST_AsGML(place), ST_AsSVG(place), ST_GeoHash(place) FROM places
