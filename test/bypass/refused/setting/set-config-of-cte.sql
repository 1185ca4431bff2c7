-- A CTE takes the view's name.
WITH pg_settings (name) AS (VALUES ('work_mem'::text)) SELECT set_config(name, '1GB', false) FROM pg_settings WHERE name >= 'TimeZone'
