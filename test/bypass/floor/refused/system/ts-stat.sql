-- Text search that runs a statement given as text.
SELECT * FROM ts_stat('SELECT to_tsvector(pg_read_file(''postgresql.conf''))')
