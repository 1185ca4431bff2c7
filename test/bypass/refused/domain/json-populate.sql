-- A function that fills a composite type runs its domains.
SELECT json_populate_record(NULL::holds_noisy, '{"n": "x"}')
