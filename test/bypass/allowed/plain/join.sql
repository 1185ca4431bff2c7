-- A join.
SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer = c.id WHERE o.total > 10 ORDER BY o.total DESC LIMIT 5
