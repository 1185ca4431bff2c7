-- Passwords for other servers.
SELECT * FROM pg_user_mapping
