-- Options by the information schema.
SELECT * FROM information_schema.user_mapping_options
