-- Connection strings.
SELECT subconninfo FROM pg_subscription
