-- ALL.
SELECT * FROM orders WHERE total >= ALL (SELECT total FROM orders)
