-- In a cursor.
BEGIN
-- then
DECLARE c CURSOR FOR SELECT pg_read_file('postgresql.conf')
-- then
FETCH c
-- then
COMMIT
