-- In one text.
BEGIN; INSERT INTO app.log (line) VALUES ('x'); COMMIT
