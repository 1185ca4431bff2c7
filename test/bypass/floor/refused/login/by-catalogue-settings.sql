-- A login's settings the same way.
DELETE FROM pg_db_role_setting
