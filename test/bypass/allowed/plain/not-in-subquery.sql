-- A sub-select.
SELECT * FROM customers WHERE id NOT IN (SELECT customer FROM orders)
