-- With a name that is known only when it runs.
SELECT set_config('ro' || 'le', 'corpus_reader', false)
