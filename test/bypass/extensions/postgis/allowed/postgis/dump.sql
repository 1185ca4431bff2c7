-- Shapes taken apart.
SELECT (ST_Dump(g)).path, ST_AsText((ST_Dump(g)).geom), (d).path[1] FROM (SELECT g, ST_DumpPoints(g) AS d FROM (VALUES ('MULTIPOINT(0 0,1 1)'::geometry)) y (g)) x
