-- The reader becomes a superuser: the second key is gone.
ALTER ROLE corpus_reader SUPERUSER
