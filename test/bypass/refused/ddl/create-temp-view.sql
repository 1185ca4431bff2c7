-- A temp view does the same without storage.
CREATE TEMP VIEW customers AS SELECT 1 AS id
