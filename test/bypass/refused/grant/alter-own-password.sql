-- Any login may change its own password.
ALTER ROLE CURRENT_USER PASSWORD 'x'
