-- Grouping sets.
SELECT customer, note, count(*), grouping(customer, note) FROM orders GROUP BY GROUPING SETS ((customer), (note), ())
