-- The same in a union.
SELECT sudo('x') UNION SELECT 'y'
