-- The configuration's files.
SELECT * FROM pg_file_settings
