-- The same through EXPLAIN ANALYZE.
PREPARE s AS SELECT earth()
-- then
SET search_path = shadow, public
-- then
EXPLAIN ANALYZE EXECUTE s
