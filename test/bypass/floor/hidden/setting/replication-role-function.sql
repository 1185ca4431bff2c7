-- By the function.
DO $outer$ BEGIN PERFORM set_config('session_replication_role', 'replica', false); END $outer$
