-- ANY of an array.
SELECT * FROM customers WHERE id = ANY (ARRAY[1, 2])
