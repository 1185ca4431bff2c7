-- Pretends to be a replica.
DO $outer$ BEGIN PERFORM pg_replication_origin_create('x'); END $outer$
