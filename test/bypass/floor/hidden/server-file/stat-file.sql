-- And how large.
DO $outer$ BEGIN PERFORM pg_stat_file('postgresql.conf'); END $outer$
