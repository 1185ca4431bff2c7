-- In a prepared statement.
PREPARE s AS UPDATE pg_settings SET setting = 'replica' WHERE name = 'session_replication_role'
-- then
EXECUTE s
