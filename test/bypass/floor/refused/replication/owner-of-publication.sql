-- And another.
ALTER PUBLICATION p OWNER TO corpus_reader
