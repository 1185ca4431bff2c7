-- A record function's column list names types.
SELECT * FROM jsonb_to_recordset('[{"n": "x"}]') AS t(n noisy)
