-- ANY uses it.
SELECT 1 === ANY (ARRAY[1, 2])
