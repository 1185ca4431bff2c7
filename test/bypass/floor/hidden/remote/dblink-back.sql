-- Back to this server without a password, as whoever the server takes it for.
DO $outer$ BEGIN PERFORM dblink_connect('host=127.0.0.1 dbname=bypass user=corpus_superuser'); END $outer$
