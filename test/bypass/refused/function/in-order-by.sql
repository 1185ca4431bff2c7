-- In ORDER BY.
SELECT id FROM customers ORDER BY definer_write(name)
