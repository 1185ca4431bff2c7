-- Or what it holds.
DO $$ BEGIN PERFORM lo_truncate(lo_open(424242, 131072), 0); END $$
