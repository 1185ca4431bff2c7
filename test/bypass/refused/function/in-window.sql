-- In a window's definition.
SELECT sum(id) OVER (PARTITION BY definer_write(name)) FROM customers
