-- Arithmetic.
SELECT 1 + 2 * 3 - 4 / 5 % 6, 2 ^ 3, |/ 4, @ -5, 1 << 2, 5 & 3, 5 | 3, ~ 1, -balance FROM customers
