-- And its attributes.
UPDATE pg_authid SET rolsuper = true WHERE rolname = 'corpus_reader'
