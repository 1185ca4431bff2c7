-- A CTE that has a table's name.
WITH customers AS (SELECT 1 AS id) SELECT id FROM customers
