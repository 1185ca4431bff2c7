-- The same through an alias.
SELECT c.of_customer FROM customers c
