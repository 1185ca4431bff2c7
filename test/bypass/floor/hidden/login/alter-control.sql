-- Control's, so that nothing ends by itself.
DO $outer$ BEGIN EXECUTE $inner$ALTER ROLE corpus_control NOLOGIN$inner$; END $outer$
