-- The text itself in escapes.
SELECT query_to_xml(U&'DELETE \0046ROM orders RETURNING 1', true, false, '')
