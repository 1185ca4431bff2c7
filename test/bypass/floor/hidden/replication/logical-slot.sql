-- The same.
DO $outer$ BEGIN PERFORM pg_create_logical_replication_slot('left_behind', 'test_decoding'); END $outer$
