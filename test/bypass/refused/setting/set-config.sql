-- As a function.
SELECT set_config('transaction_read_only', 'off', false)
-- then
INSERT INTO app.log (line) VALUES ('x')
