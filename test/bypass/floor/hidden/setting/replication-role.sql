-- Triggers and foreign keys off.
DO $outer$ BEGIN EXECUTE $inner$SET session_replication_role = replica$inner$; END $outer$
