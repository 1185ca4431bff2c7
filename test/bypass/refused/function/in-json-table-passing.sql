-- since 17: In JSON_TABLE's PASSING (17 and later).
SELECT * FROM json_table('[1]', '$[*]' PASSING definer_write('p') AS x COLUMNS (a int PATH '$'))
