-- The same, the savepoint named by escapes and in capitals.
SET search_path = shadow, public
-- then
BEGIN
-- then
SAVEPOINT data /* b */
-- then
SET search_path = public
-- then
ROLLBACK WORK TO U&"d\0061ta"
-- then
SELECT earth()
