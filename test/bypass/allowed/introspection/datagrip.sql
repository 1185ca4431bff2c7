-- In the manner of IDEs that follow a schema by what changed since a transaction, as DataGrip does: its source is closed, so nobody could check these against it.
SET extra_float_digits = 3
-- then
SHOW TRANSACTION ISOLATION LEVEL
-- then
SELECT round(extract(epoch FROM pg_postmaster_start_time() AT TIME ZONE 'UTC')) AS startup_time
-- then
SELECT l.transactionid::varchar::bigint AS transaction_id FROM pg_catalog.pg_locks l WHERE l.transactionid IS NOT NULL ORDER BY age(l.transactionid) DESC LIMIT 1
-- then
SELECT n.oid::bigint AS id, datname AS name, d.description, datistemplate AS is_template, datallowconn AS allow_connections, pg_catalog.pg_get_userbyid(n.datdba) AS owner FROM pg_catalog.pg_database n LEFT JOIN pg_catalog.pg_shdescription d ON n.oid = d.objoid ORDER BY CASE WHEN datname = pg_catalog.current_database() THEN -1::bigint ELSE n.oid::bigint END
-- then
SELECT r.oid::bigint AS role_id, rolname AS role_name, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolreplication, rolconnlimit, rolvaliduntil, rolbypassrls, rolconfig, d.description FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_shdescription d ON d.objoid = r.oid
-- then
SELECT T.relkind AS table_kind, T.relname AS table_name, T.oid AS table_id, T.xmin AS table_state_number, T.relhassubclass, T.reloptions, T.relpersistence, (SELECT pg_catalog.array_agg(inhparent::bigint ORDER BY inhseqno)::varchar FROM pg_catalog.pg_inherits WHERE T.oid = inhrelid) AS ancestors, pg_catalog.pg_get_userbyid(T.relowner) AS owner FROM pg_catalog.pg_class T WHERE T.relnamespace = 'public'::regnamespace AND T.relkind IN ('r', 'm', 'v', 'f', 'p') AND (pg_catalog.age(T.xmin) <= coalesce(nullif(greatest(pg_catalog.age('1'::varchar::xid), -1), -1), 2147483647)) ORDER BY table_kind, table_id
-- then
WITH schema_procs AS (SELECT prorettype, proargtypes, proallargtypes FROM pg_catalog.pg_proc WHERE pronamespace = 'public'::regnamespace), types AS (SELECT prorettype AS type_id FROM schema_procs UNION SELECT DISTINCT unnest(proargtypes) FROM schema_procs UNION SELECT unnest(proallargtypes) FROM schema_procs) SELECT type_id, pg_catalog.format_type(type_id, NULL) FROM types WHERE type_id <> 0
-- then
SELECT C.oid::bigint, conkey, contype, conname, condeferrable, condeferred, pg_catalog.pg_get_expr(conbin, conrelid) AS expression, confupdtype, confdeltype, confmatchtype, confkey, C.conexclop::int[], (SELECT pg_catalog.array_agg(CASE WHEN n.nspname <> 'pg_catalog' THEN n.nspname || '.' ELSE '' END || o.oprname) FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = ANY (C.conexclop)) FROM pg_catalog.pg_constraint C WHERE C.connamespace = 'public'::regnamespace
-- then
SELECT ind_stor.relname AS index_name, i.indisunique, i.indkey, pg_catalog.pg_get_indexdef(i.indexrelid, k + 1, true) AS expression, pg_catalog.pg_index_column_has_property(i.indexrelid, k + 1, 'asc') FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ind_stor ON ind_stor.oid = i.indexrelid, generate_subscripts(i.indkey, 1) k WHERE i.indrelid = 'public.orders'::regclass
