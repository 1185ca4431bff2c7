-- What there is.
DO $outer$ BEGIN PERFORM pg_ls_dir('.'); END $outer$
