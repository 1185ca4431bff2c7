-- Fields of a row.
SELECT (c).name, (c).id FROM customers c
