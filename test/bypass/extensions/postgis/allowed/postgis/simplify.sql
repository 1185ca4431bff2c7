-- Processing of shapes.
SELECT ST_AsText(ST_Simplify(g, 0.1)), ST_AsText(ST_Difference(g, g)), ST_AsText(ST_SymDifference(g, g)), ST_AsText(ST_Intersection(g, g)), ST_AsText(ST_Envelope(g)), ST_AsText(ST_ConvexHull(g)) FROM (VALUES ('POLYGON((0 0,4 0,4 4,0 0))'::geometry)) x (g)
