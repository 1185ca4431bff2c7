-- What another owns and may.
DO $outer$ BEGIN EXECUTE $inner$DROP OWNED BY corpus_reader$inner$; END $outer$
