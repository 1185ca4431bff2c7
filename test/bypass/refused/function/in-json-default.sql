-- since 17: In a JSON expression's DEFAULT (17 and later).
SELECT json_value('{}', '$.a' DEFAULT definer_write('d') ON EMPTY)
