-- A login there.
DO $outer$ BEGIN EXECUTE $inner$CREATE USER MAPPING FOR corpus_writer SERVER elsewhere OPTIONS (user 'x', password 'x')$inner$; END $outer$
