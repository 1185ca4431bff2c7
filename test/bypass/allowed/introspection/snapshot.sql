-- Snapshots.
SELECT pg_current_snapshot(), txid_current_snapshot(), txid_current_if_assigned()
