-- A lock that lasts until the session ends, which the end of the elevation does to the writer's.
DO $outer$ BEGIN PERFORM pg_advisory_lock(77); END $outer$
