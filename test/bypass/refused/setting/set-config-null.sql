-- Up to 15, NULL resets it past the check.
SELECT set_config('transaction_read_only', NULL, false)
-- then
INSERT INTO app.log (line) VALUES ('x')
