-- Hidden between innocent ones.
WITH a AS (SELECT 1), b AS (INSERT INTO app.log (line) VALUES ('b')), c AS (SELECT 2) SELECT * FROM a, c
