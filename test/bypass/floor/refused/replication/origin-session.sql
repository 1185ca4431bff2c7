-- For the session.
SELECT pg_replication_origin_session_setup('x')
