-- Drops a column.
SELECT DropGeometryColumn('public', 'places', 'place')
