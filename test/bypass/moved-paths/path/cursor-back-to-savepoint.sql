-- A cursor's body looks its names up by the path to which ROLLBACK TO returned.
BEGIN; SET search_path = public
-- then
DECLARE c CURSOR FOR SELECT vouched_late('x') FROM generate_series(1, 3)
-- then
SET LOCAL search_path = shadow, public
-- then
SAVEPOINT a
-- then
SET LOCAL search_path = public
-- then
FETCH c
-- then
ROLLBACK TO a
-- then
FETCH c
