-- Gives the reader all that the superuser owns here.
REASSIGN OWNED BY corpus_superuser TO corpus_reader
