-- A CTE that nobody reads runs all the same when it modifies.
WITH w AS (DELETE FROM orders) SELECT 1
