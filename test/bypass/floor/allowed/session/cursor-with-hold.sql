-- A cursor that outlives its transaction.
BEGIN
-- then
DECLARE c CURSOR WITH HOLD FOR SELECT 1
-- then
COMMIT
-- then
FETCH c
-- then
CLOSE c
