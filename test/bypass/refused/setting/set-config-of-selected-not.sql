-- Every row but that one.
SELECT set_config(name, setting, false) FROM pg_settings WHERE name <> 'TimeZone'
