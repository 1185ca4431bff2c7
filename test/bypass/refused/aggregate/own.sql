-- An aggregate's step is a function.
SELECT noisy_sum(id) FROM customers
