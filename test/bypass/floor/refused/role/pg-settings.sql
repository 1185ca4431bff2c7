-- By the view whose rule sets what it is told.
UPDATE pg_settings SET setting = 'corpus_reader' WHERE name = 'role'
