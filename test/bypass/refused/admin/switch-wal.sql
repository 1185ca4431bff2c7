-- Switches WAL.
SELECT pg_switch_wal()
