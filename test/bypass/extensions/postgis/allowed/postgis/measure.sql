-- Lengths, areas, centres.
SELECT ST_Area(g), ST_Length(g), ST_Perimeter(g), ST_AsText(ST_Centroid(g)), ST_X(ST_PointOnSurface(g)), ST_NPoints(g), ST_IsValid(g), ST_GeometryType(g), ST_SRID(g) FROM (SELECT ST_MakePolygon(ST_GeomFromText('LINESTRING(0 0,4 0,4 4,0 0)'))) AS x (g)
