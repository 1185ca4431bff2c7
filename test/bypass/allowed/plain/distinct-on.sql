-- DISTINCT ON.
SELECT DISTINCT ON (customer) customer, id FROM orders ORDER BY customer, placed DESC
