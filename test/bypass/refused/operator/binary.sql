-- An operator is a function.
SELECT 1 === 2
