-- Secrets of user mappings, made rows.
SELECT o.* FROM pg_user_mappings m, pg_options_to_table(m.umoptions) o
