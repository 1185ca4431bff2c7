-- Back to whoever logged in.
RESET ROLE
