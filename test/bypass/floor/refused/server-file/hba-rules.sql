-- Who may come from where.
SELECT count(*) FROM pg_hba_file_rules
