-- The same by a materialized view.
EXPLAIN ANALYZE CREATE MATERIALIZED VIEW mv AS SELECT 1 AS a
