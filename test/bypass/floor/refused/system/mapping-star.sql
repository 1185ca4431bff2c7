-- By a star behind a name.
SELECT (m).* FROM pg_user_mappings m
