-- COPY of a query whose CTE writes.
COPY (WITH w AS (INSERT INTO app.log (line) VALUES ('copy') RETURNING line) SELECT * FROM w) TO STDOUT
