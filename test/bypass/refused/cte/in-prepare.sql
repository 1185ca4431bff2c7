-- A prepared CTE that writes.
PREPARE p AS WITH w AS (INSERT INTO app.log (line) VALUES ('p') RETURNING 1) SELECT * FROM w
-- then
EXECUTE p
