-- Membership brings rights: the reader writes.
GRANT pg_write_all_data TO corpus_reader
