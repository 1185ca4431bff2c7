-- Who may log in from where.
SELECT * FROM pg_hba_file_rules
