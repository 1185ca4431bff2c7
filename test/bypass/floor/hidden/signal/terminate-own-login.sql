-- Also of one's own login, who may be another person.
DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'corpus_writer'; END $$
