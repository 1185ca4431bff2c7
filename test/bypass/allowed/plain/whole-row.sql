-- A whole row.
SELECT c FROM customers c
