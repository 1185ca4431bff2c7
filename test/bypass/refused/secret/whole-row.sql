-- The whole row as one value.
SELECT a FROM pg_authid a
