-- Settings of another login.
DO $outer$ BEGIN EXECUTE $inner$ALTER ROLE corpus_reader SET default_transaction_read_only = off$inner$; END $outer$
