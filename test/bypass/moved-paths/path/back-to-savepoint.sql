-- The path returns with ROLLBACK TO to the one that shadows.
SET search_path = shadow, public
-- then
BEGIN; SAVEPOINT a
-- then
SET search_path = public
-- then
ROLLBACK TO a
-- then
SELECT earth()
