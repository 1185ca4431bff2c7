-- SQL PREPARE of a write.
PREPARE p AS INSERT INTO app.log (line) VALUES ('p')
-- then
EXECUTE p
