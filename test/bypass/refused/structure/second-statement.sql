-- The second of two.
SELECT 1; DELETE FROM orders
