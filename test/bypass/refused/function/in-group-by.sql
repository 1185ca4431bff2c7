-- In GROUP BY.
SELECT count(*) FROM customers GROUP BY definer_write(name)
