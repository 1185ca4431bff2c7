-- A CTE.
WITH big AS (SELECT * FROM orders WHERE total > 5) SELECT count(*) FROM big
