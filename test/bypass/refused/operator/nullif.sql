-- NULLIF uses =.
SELECT nullif(ROW(1, 2)::pair, ROW(1, 2)::pair)
