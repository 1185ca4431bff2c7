-- So does SET … TO DEFAULT.
SET transaction_read_only TO DEFAULT
-- then
INSERT INTO app.log (line) VALUES ('x')
