-- A renamed login is a login that is not found.
ALTER ROLE corpus_control RENAME TO nobody
