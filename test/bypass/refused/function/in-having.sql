-- In HAVING.
SELECT count(*) FROM customers HAVING definer_write('having') IS NOT NULL
