-- The superuser.
DO $outer$ BEGIN EXECUTE $inner$SET SESSION AUTHORIZATION corpus_superuser$inner$; END $outer$
