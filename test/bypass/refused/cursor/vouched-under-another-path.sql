-- The body of what was declared under one path looks its names up under another.
BEGIN; SET LOCAL search_path = public
-- then
DECLARE c CURSOR FOR SELECT vouched_late('x')
-- then
SET LOCAL search_path = shadow, public
-- then
FETCH c
