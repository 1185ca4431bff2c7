-- Gives back what setup-target took.
DO $outer$ BEGIN EXECUTE $inner$GRANT EXECUTE ON FUNCTION pg_catalog.lo_unlink(oid) TO corpus_writer$inner$; END $outer$
