-- A cursor WITH HOLD runs its query at COMMIT, outside what was judged.
BEGIN
-- then
DECLARE c CURSOR WITH HOLD FOR SELECT definer_write('hold')
-- then
COMMIT
