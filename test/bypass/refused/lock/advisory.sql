-- Outlives the transaction.
SELECT pg_advisory_lock(1)
