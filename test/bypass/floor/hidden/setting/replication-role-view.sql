-- By the view.
DO $$ BEGIN UPDATE pg_settings SET setting = 'replica' WHERE name = 'session_replication_role'; END $$
