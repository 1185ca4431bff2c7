-- The same in one database.
ALTER ROLE corpus_reader IN DATABASE bypass RESET ALL
