-- A correlated sub-select.
SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer = c.id) FROM customers c
