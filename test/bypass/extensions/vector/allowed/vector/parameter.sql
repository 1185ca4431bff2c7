-- A vector as an array and as text.
SELECT id FROM items ORDER BY embedding <-> ARRAY[1,2,3]::vector LIMIT 1
-- then
PREPARE p (vector) AS SELECT id FROM items ORDER BY embedding <-> $1
-- then
EXECUTE p('[1,2,3]')
