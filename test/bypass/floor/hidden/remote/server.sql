-- Another server to speak to.
DO $outer$ BEGIN EXECUTE $inner$CREATE SERVER planted FOREIGN DATA WRAPPER postgres_fdw$inner$; END $outer$
