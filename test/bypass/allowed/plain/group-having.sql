-- Grouping.
SELECT customer, count(*), sum(total), avg(total), min(placed), max(placed) FROM orders GROUP BY customer HAVING count(*) > 1
