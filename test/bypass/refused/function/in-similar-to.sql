-- In SIMILAR TO.
SELECT 'a' SIMILAR TO definer_write('a')
