-- In COALESCE.
SELECT coalesce(NULL, definer_write('c'))
