-- A dropped one makes a replica start anew.
SELECT pg_drop_replication_slot('left_behind')
