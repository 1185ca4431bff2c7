-- In an array.
SELECT ARRAY[definer_write('a')]
