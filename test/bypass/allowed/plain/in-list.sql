-- A list.
SELECT * FROM customers WHERE id IN (1, 2, 3)
