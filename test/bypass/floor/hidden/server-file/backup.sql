-- A backup.
DO $outer$ BEGIN PERFORM pg_backup_start('x'); END $outer$
