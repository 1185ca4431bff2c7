-- Geometry.
SELECT point(1, 2) <-> point(3, 4), box '(0,0),(1,1)' @> point(0.5, 0.5), circle(point(0, 0), 1)
