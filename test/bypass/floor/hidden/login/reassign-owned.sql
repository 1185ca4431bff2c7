-- Or gives it away.
DO $outer$ BEGIN EXECUTE $inner$REASSIGN OWNED BY corpus_reader TO corpus_writer$inner$; END $outer$
