-- What a session holds it may give up.
SELECT pg_advisory_unlock_all()
