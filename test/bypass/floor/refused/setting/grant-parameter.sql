-- The right to change a setting that roles keep from the writer.
GRANT SET ON PARAMETER session_replication_role TO corpus_writer
