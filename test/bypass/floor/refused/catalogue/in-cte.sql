-- In a CTE behind a read.
WITH x AS (DELETE FROM pg_db_role_setting RETURNING 1) SELECT count(*) FROM x
