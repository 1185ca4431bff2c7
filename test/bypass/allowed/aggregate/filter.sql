-- FILTER.
SELECT count(*) FILTER (WHERE total > 5), bool_and(total > 0), every(total > 0) FROM orders
