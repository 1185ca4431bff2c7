-- A cast of a column.
SELECT id::pair FROM customers
