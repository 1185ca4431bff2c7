-- Casts.
SELECT '1'::int, 1::text, '1.5'::numeric(4, 2), 1::float8, CAST('2' AS bigint), int '3', balance::int FROM customers
