-- LATERAL.
SELECT c.id, l.total FROM customers c, LATERAL (SELECT total FROM orders o WHERE o.customer = c.id LIMIT 1) l
