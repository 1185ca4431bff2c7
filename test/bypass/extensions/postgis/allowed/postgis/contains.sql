-- Joins by containment and intersection.
SELECT a.id, b.id FROM places a JOIN places b ON ST_Contains(ST_Buffer(a.place, 1), b.place) AND a.place && b.place AND ST_Intersects(a.place, b.place)
