-- What tools ask on connecting: version, tables, reference systems.
SELECT postgis_version(), postgis_lib_version();
SELECT f_table_schema, f_table_name, f_geometry_column, coord_dimension, srid, type FROM geometry_columns;
SELECT * FROM geography_columns;
SELECT srid, auth_name, proj4text FROM spatial_ref_sys WHERE srid = 4326
