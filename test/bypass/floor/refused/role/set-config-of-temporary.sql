-- Selected from a temporary view in the place of the server's own, made in the same text, whose name has no blank.
CREATE TEMP VIEW pg_settings AS SELECT 'role'::bpchar AS name; SELECT set_config(name, 'corpus_reader', false) FROM pg_settings WHERE name = 'role '
