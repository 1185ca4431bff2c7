-- By the function.
SELECT set_config('role', 'corpus_reader', false)
