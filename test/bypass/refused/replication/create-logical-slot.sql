-- The same, logical.
SELECT pg_create_logical_replication_slot('left_behind', 'test_decoding')
