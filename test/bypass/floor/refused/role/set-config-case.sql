-- In capitals.
SELECT set_config('ROLE', 'corpus_reader', false)
