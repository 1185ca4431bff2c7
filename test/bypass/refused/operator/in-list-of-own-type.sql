-- IN uses it.
SELECT ROW(1, 2)::pair IN (ROW(1, 2)::pair)
