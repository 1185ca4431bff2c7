-- A cast to a type that cuts it leaves another name than is written.
SELECT set_config('rolex'::varchar(4), 'corpus_reader', false)
