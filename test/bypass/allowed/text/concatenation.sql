-- ||.
SELECT name || ' <' || email || '>' FROM customers
