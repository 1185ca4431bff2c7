-- Statistics thrown away.
DO $outer$ BEGIN PERFORM pg_stat_reset(); END $outer$
