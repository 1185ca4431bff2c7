-- As a view.
SELECT name, setting FROM pg_settings WHERE name LIKE 'max%'
