-- In DISTINCT ON.
SELECT DISTINCT ON (definer_write(name)) id FROM customers
