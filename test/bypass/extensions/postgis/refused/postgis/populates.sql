-- Changes the columns of every table.
SELECT populate_geometry_columns()
