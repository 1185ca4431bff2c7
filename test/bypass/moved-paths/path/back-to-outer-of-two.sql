-- Two savepoints of one name: the released one uncovers the outer, whose path shadows.
BEGIN
-- then
SET search_path = shadow, public
-- then
SAVEPOINT a
-- then
SET search_path = public
-- then
SAVEPOINT a
-- then
RELEASE a
-- then
ROLLBACK TO a
-- then
SELECT earth()
