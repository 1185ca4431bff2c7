-- Another level's column of the same name.
SELECT (SELECT set_config(name, '1GB', false) FROM (VALUES ('work_mem')) v (name)) FROM pg_settings WHERE name = 'TimeZone'
