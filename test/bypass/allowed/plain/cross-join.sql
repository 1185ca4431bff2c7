-- A cross join.
SELECT count(*) FROM customers CROSS JOIN orders
