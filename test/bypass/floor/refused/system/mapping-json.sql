-- As JSON.
SELECT to_jsonb(m) FROM pg_user_mapping m
