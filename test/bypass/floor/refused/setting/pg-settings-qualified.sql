-- The same by its whole name, in a CTE.
WITH s AS (UPDATE pg_catalog.pg_settings SET setting = 'replica' WHERE name LIKE 'session_repl%' RETURNING 1) SELECT count(*) FROM s
