-- No columns.
SELECT FROM customers
