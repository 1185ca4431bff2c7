-- Rights on what others will make.
DO $outer$ BEGIN EXECUTE $inner$ALTER DEFAULT PRIVILEGES FOR ROLE corpus_reader GRANT ALL ON TABLES TO PUBLIC$inner$; END $outer$
