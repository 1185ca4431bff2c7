-- In LIKE's ESCAPE.
SELECT 'a' LIKE 'a' ESCAPE definer_write('x')
