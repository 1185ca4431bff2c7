-- EXPLAIN ANALYZE runs what it explains.
EXPLAIN ANALYZE INSERT INTO app.log (line) VALUES ('x')
