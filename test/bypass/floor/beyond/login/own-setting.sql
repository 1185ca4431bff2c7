-- One's own settings, which meet the gateway's next elevation; its startup packet sets those that matter.
DO $outer$ BEGIN EXECUTE $inner$ALTER ROLE corpus_writer SET work_mem = '1MB'$inner$; END $outer$
