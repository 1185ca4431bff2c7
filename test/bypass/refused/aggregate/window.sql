-- The same over a window.
SELECT noisy_sum(id) OVER () FROM customers
