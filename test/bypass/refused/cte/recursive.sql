-- A recursive CTE whose use hides a write beside it.
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3), w AS (INSERT INTO app.log (line) SELECT n::text FROM r RETURNING 1) SELECT count(*) FROM r
