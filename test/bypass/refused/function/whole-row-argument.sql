-- A whole row as the argument.
SELECT of_customer(c) FROM customers c
