-- So does a logical one.
SELECT pg_create_logical_replication_slot('left_behind', 'test_decoding')
