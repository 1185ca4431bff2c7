-- A data-modifying CTE under a SELECT.
WITH w AS (INSERT INTO app.log (line) VALUES ('cte') RETURNING *) SELECT * FROM w
