-- A row.
INSERT INTO app.log (line) VALUES ('a'), ('b') RETURNING id
