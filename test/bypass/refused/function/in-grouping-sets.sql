-- In GROUPING SETS.
SELECT count(*) FROM customers GROUP BY GROUPING SETS ((definer_write(name)), ())
