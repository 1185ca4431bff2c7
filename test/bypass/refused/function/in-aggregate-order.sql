-- In an aggregate's ORDER BY.
SELECT array_agg(id ORDER BY definer_write(name)) FROM customers
