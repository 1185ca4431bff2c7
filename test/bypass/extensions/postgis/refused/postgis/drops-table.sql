-- Drops a table.
SELECT DropGeometryTable('public', 'places')
