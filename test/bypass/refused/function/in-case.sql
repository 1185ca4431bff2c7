-- In CASE.
SELECT CASE WHEN definer_write('c') IS NULL THEN 1 END
