-- ANY over a sub-select.
SELECT 1 === ANY (SELECT id FROM customers)
