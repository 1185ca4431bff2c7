-- A slot keeps WAL for ever.
SELECT pg_create_physical_replication_slot('left_behind', true)
