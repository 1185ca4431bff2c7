-- A foreign server's password.
DO $$ BEGIN INSERT INTO app.log (line) SELECT umoptions::text FROM pg_user_mapping; END $$
