-- Promotes a standby.
SELECT pg_promote()
