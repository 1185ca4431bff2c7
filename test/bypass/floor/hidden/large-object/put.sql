-- Changes one.
DO $outer$ BEGIN PERFORM lo_put(424242, 0, 'x'); END $outer$
