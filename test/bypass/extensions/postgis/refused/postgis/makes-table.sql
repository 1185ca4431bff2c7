-- Makes a table, though it is called immutable.
SELECT ST_FromFlatGeobufToTable('public', 'made', (SELECT ST_AsFlatGeobuf(p) FROM places p))
