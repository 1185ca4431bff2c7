-- In a condition.
SELECT 1 WHERE EXISTS (SELECT FROM remote_orders)
