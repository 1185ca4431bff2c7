-- Changes a table.
SELECT AddRasterConstraints('public'::name, 'places'::name, 'place'::name)
