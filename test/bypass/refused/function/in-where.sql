-- In WHERE.
SELECT id FROM customers WHERE definer_write(name) IS NOT NULL
