-- Types of values.
SELECT pg_typeof(1), pg_column_size(1)
