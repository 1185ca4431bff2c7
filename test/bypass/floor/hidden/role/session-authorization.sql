-- Another login.
DO $outer$ BEGIN EXECUTE $inner$SET SESSION AUTHORIZATION corpus_reader$inner$; END $outer$
