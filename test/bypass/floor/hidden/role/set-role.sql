-- Another role, by EXECUTE.
DO $outer$ BEGIN EXECUTE $inner$SET ROLE corpus_reader$inner$; END $outer$
