-- The first of two.
DELETE FROM orders; SELECT 1
