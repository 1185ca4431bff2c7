-- For every session to come in this database.
ALTER DATABASE bypass SET session_replication_role = replica
