-- Another user.
SET SESSION AUTHORIZATION postgres
