-- Cut by a type that the same text makes, in the place of the server's own.
CREATE DOMAIN pg_temp.text AS pg_catalog.varchar(4); SELECT set_config('rolex'::text, 'corpus_reader', false)
