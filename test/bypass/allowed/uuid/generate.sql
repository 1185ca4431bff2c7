-- UUIDs.
SELECT gen_random_uuid() IS NOT NULL
