-- The same for every login at once.
ALTER ROLE ALL SET session_replication_role = replica
