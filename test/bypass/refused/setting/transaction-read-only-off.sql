-- And within the transaction.
SET transaction_read_only = off
-- then
INSERT INTO app.log (line) VALUES ('x')
