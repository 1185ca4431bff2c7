-- WAL.
DO $outer$ BEGIN PERFORM pg_switch_wal(); END $outer$
