-- A row of two that WHERE lets through is the other one.
SELECT set_config(name, '1GB', false) FROM pg_settings WHERE name = 'TimeZone' OR name = 'work_mem'
