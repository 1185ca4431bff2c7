-- And the other way.
DO $outer$ BEGIN PERFORM lo_export(424242, '/tmp/sudoql-corpus-lo'); END $outer$
