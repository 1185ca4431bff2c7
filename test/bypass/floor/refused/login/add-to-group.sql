-- Membership by ALTER GROUP.
ALTER GROUP pg_write_all_data ADD USER corpus_reader
