-- By the view whose rule sets what it is told.
UPDATE pg_settings SET setting = 'replica' WHERE name = 'session_replication_role'
