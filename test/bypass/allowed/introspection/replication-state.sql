-- Where WAL is.
SELECT pg_is_in_recovery()
