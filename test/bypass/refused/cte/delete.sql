-- The same with DELETE.
WITH w AS (DELETE FROM orders RETURNING id) SELECT 1
