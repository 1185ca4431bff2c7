-- Another role for all of them.
ALTER DATABASE bypass SET role = corpus_reader
