-- Adds a column.
SELECT AddGeometryColumn('public', 'places', 'more', 4326, 'POINT', 2)
