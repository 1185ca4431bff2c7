-- In bytes.
DO $outer$ BEGIN PERFORM pg_read_binary_file('postgresql.conf'); END $outer$
