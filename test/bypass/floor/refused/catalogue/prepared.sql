-- In a prepared statement.
PREPARE x AS DELETE FROM pg_db_role_setting
-- then
EXECUTE x
