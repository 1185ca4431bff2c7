-- One that is advanced skips changes.
SELECT pg_replication_slot_advance('left_behind', '0/0')
