-- Mappings of users.
SELECT * FROM pg_ident_file_mappings
