-- The same, kept in a table.
INSERT INTO app.log (line) SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL
