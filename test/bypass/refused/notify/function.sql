-- The same as a function.
SELECT pg_notify('jobs', 'run')
