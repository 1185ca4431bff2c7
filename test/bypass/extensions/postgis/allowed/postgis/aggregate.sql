-- Aggregates: extent, collection, union, lines.
SELECT ST_Extent(place), ST_AsText(ST_Collect(place)), ST_AsText(ST_Union(place)), ST_AsText(ST_MakeLine(place ORDER BY id)) FROM places
