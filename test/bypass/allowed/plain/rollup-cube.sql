-- ROLLUP and CUBE.
SELECT customer, note, sum(total) FROM orders GROUP BY ROLLUP (customer), CUBE (note)
