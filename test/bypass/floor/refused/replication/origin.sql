-- Pretends to be a replica.
SELECT pg_replication_origin_create('x')
