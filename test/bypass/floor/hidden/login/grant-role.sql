-- Membership of a mighty role.
DO $outer$ BEGIN EXECUTE $inner$GRANT pg_write_server_files TO corpus_writer$inner$; END $outer$
