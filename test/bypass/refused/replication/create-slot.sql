-- A slot keeps WAL until the disk is full.
SELECT pg_create_physical_replication_slot('left_behind')
