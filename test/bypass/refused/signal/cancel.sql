-- Cancels another's statement.
SELECT pg_cancel_backend(1)
