-- The same with FILTER and ORDER BY.
SELECT noisy_sum(id ORDER BY id) FILTER (WHERE id > 1) FROM customers
