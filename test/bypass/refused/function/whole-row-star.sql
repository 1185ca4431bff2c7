-- The same written with a star.
SELECT of_customer(c.*) FROM customers c
