-- So does one that loses blanks.
SELECT set_config('role '::bpchar, 'corpus_reader', false)
