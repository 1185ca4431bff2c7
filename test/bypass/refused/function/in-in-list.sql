-- In an IN list.
SELECT id FROM customers WHERE name IN ('a', definer_write('b'))
