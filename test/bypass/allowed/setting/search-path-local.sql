-- SET LOCAL.
BEGIN
-- then
SET LOCAL search_path TO 'app'
-- then
SELECT * FROM log
-- then
COMMIT
