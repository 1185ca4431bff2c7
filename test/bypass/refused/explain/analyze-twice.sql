-- The last of two options wins.
EXPLAIN (ANALYZE false, ANALYZE true) DELETE FROM orders
