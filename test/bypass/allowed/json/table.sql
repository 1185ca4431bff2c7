-- since 17: JSON_TABLE.
SELECT * FROM json_table('[{"a": 1}]', '$[*]' COLUMNS (a int PATH '$.a', n FOR ORDINALITY))
