-- since 17: RETURNING names a type (17 and later).
SELECT json_value('{"a": "x"}', '$.a' RETURNING noisy)
