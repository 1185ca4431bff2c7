-- By the view of roles, whose rules say nothing, and an error is the least.
UPDATE pg_roles SET rolsuper = true WHERE rolname = 'corpus_reader'
