-- By a text column.
SELECT id FROM customers WHERE email = 'c1@example.com'
