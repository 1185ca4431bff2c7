-- As a setting.
SELECT set_config('session_authorization', 'corpus_reader', false)
