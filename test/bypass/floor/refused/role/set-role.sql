-- Leaves the login that is watched.
SET ROLE corpus_reader
