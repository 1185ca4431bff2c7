-- Of all logins.
DO $outer$ BEGIN EXECUTE $inner$ALTER ROLE ALL SET session_replication_role = replica$inner$; END $outer$
