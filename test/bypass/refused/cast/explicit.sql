-- A cast is a function.
SELECT ROW(1, 2)::pair::text
