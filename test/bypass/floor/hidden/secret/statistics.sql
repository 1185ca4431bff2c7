-- Samples of rows that are not one's own.
DO $$ BEGIN INSERT INTO app.log (line) SELECT stavalues1::text FROM pg_statistic; END $$
