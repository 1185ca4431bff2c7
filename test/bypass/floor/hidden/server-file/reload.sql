-- The server's configuration.
DO $outer$ BEGIN PERFORM pg_reload_conf(); END $outer$
