-- Another role.
SET ROLE postgres
