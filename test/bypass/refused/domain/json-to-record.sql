-- Column definitions name types.
SELECT * FROM json_to_record('{"n": "x"}') AS t(n noisy)
