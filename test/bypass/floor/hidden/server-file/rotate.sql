-- Its log.
DO $outer$ BEGIN PERFORM pg_rotate_logfile(); END $outer$
