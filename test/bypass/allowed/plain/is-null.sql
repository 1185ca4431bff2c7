-- NULL tests.
SELECT * FROM customers WHERE email IS NOT NULL AND balance IS DISTINCT FROM 3
