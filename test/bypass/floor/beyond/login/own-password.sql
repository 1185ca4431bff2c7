-- One's own password: any login may change it, and no grant takes that away. pg_hba.conf and the gateway's next connection show it.
DO $outer$ BEGIN EXECUTE $inner$ALTER ROLE corpus_writer PASSWORD 'x'$inner$; END $outer$
