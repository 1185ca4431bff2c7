-- A cursor's names were looked up when it was declared.
BEGIN; SET LOCAL search_path = public; DECLARE c CURSOR FOR SELECT vouched_plain(id) FROM customers
-- then
SET LOCAL search_path = app
-- then
FETCH 2 FROM c
-- then
COMMIT
