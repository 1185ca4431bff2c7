-- Switches triggers and foreign keys off.
SET session_replication_role = replica
