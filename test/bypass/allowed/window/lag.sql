-- Neighbours.
SELECT id, lag(total) OVER (ORDER BY id), lead(total, 1, 0) OVER (ORDER BY id), first_value(total) OVER (ORDER BY id), ntile(4) OVER (ORDER BY id) FROM orders
