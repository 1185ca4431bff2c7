-- Those of every session to come.
DO $outer$ BEGIN EXECUTE $inner$ALTER DATABASE bypass SET session_replication_role = replica$inner$; END $outer$
