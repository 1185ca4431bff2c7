-- SQL PREPARE.
PREPARE p (int) AS SELECT * FROM customers WHERE id = $1
-- then
EXECUTE p(1)
-- then
DEALLOCATE p
