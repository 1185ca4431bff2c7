-- The same by SELECT INTO.
EXPLAIN (ANALYZE) SELECT * INTO copied FROM customers
