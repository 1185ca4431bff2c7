-- Password hashes.
SELECT rolpassword FROM pg_authid
