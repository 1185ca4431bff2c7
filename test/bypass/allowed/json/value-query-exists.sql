-- since 17: JSON_VALUE and friends.
SELECT json_value(doc, '$.a.b'), json_query(doc, '$.a'), json_exists(doc, '$.a') FROM orders
