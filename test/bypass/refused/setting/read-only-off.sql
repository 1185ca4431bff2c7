-- The obvious way out.
SET default_transaction_read_only = off
-- then
INSERT INTO app.log (line) VALUES ('x')
