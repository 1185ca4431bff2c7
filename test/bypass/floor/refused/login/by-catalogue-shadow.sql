-- By the old view of logins.
UPDATE pg_catalog.pg_shadow SET usesuper = true WHERE usename = 'corpus_reader'
