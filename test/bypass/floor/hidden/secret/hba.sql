-- Who may come from where.
DO $$ BEGIN INSERT INTO app.log (line) SELECT database::text FROM pg_hba_file_rules; END $$
