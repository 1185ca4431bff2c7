-- In a row.
SELECT ROW(definer_write('r'))
