-- The view behind information_schema's user mappings.
SELECT * FROM information_schema._pg_user_mappings
