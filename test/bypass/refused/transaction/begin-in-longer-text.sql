-- In one text with what it is for.
BEGIN READ WRITE; INSERT INTO app.log (line) VALUES ('x'); COMMIT
