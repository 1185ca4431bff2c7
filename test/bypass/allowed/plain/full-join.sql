-- A full join.
SELECT * FROM customers c FULL JOIN orders o ON c.id = o.customer
