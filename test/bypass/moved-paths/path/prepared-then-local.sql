-- Prepared under one path, executed in a transaction under another, behind a savepoint.
PREPARE s AS SELECT earth()
-- then
BEGIN; SET LOCAL search_path = shadow, public; SAVEPOINT b
-- then
SET LOCAL search_path = public
-- then
ROLLBACK TO b
-- then
EXECUTE s
