-- search_path.
SET search_path = app, public
-- then
SELECT * FROM log
-- then
SHOW search_path
