-- Databases.
SELECT datname, pg_encoding_to_char(encoding), datcollate FROM pg_database
