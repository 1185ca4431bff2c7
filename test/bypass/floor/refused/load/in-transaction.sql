-- In a transaction.
BEGIN
-- then
LOAD 'auto_explain'
-- then
COMMIT
