-- READ ONLY lets EXPLAIN ANALYZE create the table, on 18 too.
EXPLAIN ANALYZE CREATE TABLE copied AS SELECT * FROM customers
