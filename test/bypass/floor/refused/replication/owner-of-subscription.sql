-- By another kind of statement.
ALTER SUBSCRIPTION s OWNER TO corpus_reader
