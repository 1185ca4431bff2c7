-- The same by ROLLBACK.
ROLLBACK; DELETE FROM orders
