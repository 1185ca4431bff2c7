-- As a string, and by its other spelling.
SET SESSION "role" TO 'corpus_reader'
