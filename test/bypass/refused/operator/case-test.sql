-- CASE x WHEN y uses =.
SELECT CASE ROW(1, 2)::pair WHEN ROW(1, 2)::pair THEN 1 END
