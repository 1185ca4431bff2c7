-- ROWS FROM takes several.
SELECT * FROM ROWS FROM (generate_series(1, 3), many_writes(2)) AS t(a, b)
