-- Attribute notation where nobody looks.
SELECT 1 FROM customers c ORDER BY c.of_customer
