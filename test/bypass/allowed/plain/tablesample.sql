-- A sample.
SELECT count(*) FROM customers TABLESAMPLE SYSTEM (100)
