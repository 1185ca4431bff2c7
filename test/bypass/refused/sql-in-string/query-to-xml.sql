-- A statement hidden in a string.
SELECT query_to_xml('DELETE FROM orders RETURNING 1', true, false, '')
