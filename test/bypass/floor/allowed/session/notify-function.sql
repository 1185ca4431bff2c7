-- By the function.
SELECT pg_notify('orders', 'changed')
