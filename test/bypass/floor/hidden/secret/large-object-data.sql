-- Large objects past their owner's rights.
DO $$ BEGIN INSERT INTO app.log (line) SELECT data::text FROM pg_largeobject; END $$
