-- The same with UPDATE.
WITH w AS (UPDATE customers SET name = 'cte' RETURNING id) SELECT count(*) FROM w
