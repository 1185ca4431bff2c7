-- By the function.
DO $outer$ BEGIN PERFORM set_config('role', 'corpus_control', false); END $outer$
