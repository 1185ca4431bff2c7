-- Becomes another login for good.
SET SESSION AUTHORIZATION corpus_reader
