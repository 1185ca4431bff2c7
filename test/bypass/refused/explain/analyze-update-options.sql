-- Options in any order and spelling.
EXPLAIN (COSTS off, ANALYZE 1) UPDATE customers SET name = 'x'
