-- A table.
SELECT * FROM customers
