-- The view of them.
SELECT umoptions FROM pg_user_mappings
