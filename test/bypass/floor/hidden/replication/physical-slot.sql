-- Keeps WAL for ever.
DO $outer$ BEGIN PERFORM pg_create_physical_replication_slot('left_behind', true); END $outer$
