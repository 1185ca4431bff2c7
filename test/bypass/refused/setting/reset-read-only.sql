-- RESET goes to a default that may be off.
RESET transaction_read_only
-- then
INSERT INTO app.log (line) VALUES ('x')
