-- As a whole row made text.
SELECT m::text FROM pg_user_mappings m
