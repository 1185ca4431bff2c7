-- ARRAY of a sub-select.
SELECT ARRAY(SELECT id FROM customers ORDER BY id)
