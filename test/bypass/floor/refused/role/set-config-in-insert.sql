-- Inside an INSERT.
INSERT INTO app.log (line) SELECT set_config('role', 'corpus_reader', true)
