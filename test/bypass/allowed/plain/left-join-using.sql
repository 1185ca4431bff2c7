-- USING.
SELECT count(*) FROM orders a LEFT JOIN orders b USING (id)
