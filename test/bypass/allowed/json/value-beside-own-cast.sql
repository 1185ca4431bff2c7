-- since 17: Nor does text or a number made of JSON.
SELECT json_value('{"a": 1}', '$.a')::text, (json_value('{"a": 1}', '$.a' RETURNING bigint))::text, j.b FROM json_table('[{"b": 1}]', '$[*]' COLUMNS (b text PATH '$.b')) j
