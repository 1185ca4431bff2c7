-- Puts names into a statement that it runs.
SELECT ST_FindExtent('public', 'places', 'place')
