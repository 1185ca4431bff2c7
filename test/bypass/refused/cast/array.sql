-- A cast of every element.
SELECT ARRAY[ROW(1, 2)::pair]::text[]
