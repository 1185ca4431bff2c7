-- LIKE and ILIKE.
SELECT * FROM customers WHERE name LIKE 'name 1%' OR name ILIKE '%2'
