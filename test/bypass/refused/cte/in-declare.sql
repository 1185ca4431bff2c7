-- A cursor over a CTE that writes: PostgreSQL refuses it, the guard must not rely on that.
BEGIN
-- then
DECLARE c CURSOR FOR WITH w AS (INSERT INTO app.log (line) VALUES ('c') RETURNING 1) SELECT * FROM w
-- then
FETCH ALL FROM c
-- then
COMMIT
