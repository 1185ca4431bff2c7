-- What is set.
SHOW session_replication_role
