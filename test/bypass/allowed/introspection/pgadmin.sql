-- pgAdmin's dashboard, browser and query tool (pgadmin-org/pgadmin4, web/pgadmin/dashboard/templates and web/pgadmin/browser/server_groups).
SET DateStyle = ISO
-- then
SET client_min_messages = notice
-- then
SELECT set_config('bytea_output', 'hex', false) FROM pg_show_all_settings() WHERE name = 'bytea_output'
-- then
SET client_encoding = 'UTF8'
-- then
SELECT db.oid AS did, db.datname, db.datallowconn, pg_encoding_to_char(db.encoding) AS serverencoding, has_database_privilege(db.oid, 'CREATE') AS cancreate, datistemplate FROM pg_catalog.pg_database db WHERE db.datname = current_database()
-- then
SELECT gss_authenticated, encrypted FROM pg_catalog.pg_stat_gssapi WHERE pid = pg_backend_pid()
-- then
SELECT roles.oid AS id, roles.rolname AS name, roles.rolsuper AS is_superuser, CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreaterole END AS can_create_role FROM pg_catalog.pg_roles AS roles WHERE rolname = current_user
-- then
SELECT 'session_stats' AS chart_name, pg_catalog.row_to_json(t) AS chart_data FROM (SELECT (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database()) AS "Total", (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'active') AS "Active") t UNION ALL SELECT 'tps_stats', pg_catalog.row_to_json(t) FROM (SELECT sum(xact_commit) + sum(xact_rollback) AS "Transactions" FROM pg_catalog.pg_stat_database) t
-- then
SELECT pid, datname, usename, application_name, client_addr, pg_catalog.to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS backend_start, state, wait_event_type || ': ' || wait_event AS wait_event, array_to_string(pg_catalog.pg_blocking_pids(pid), ', ') AS blocking_pids, query FROM pg_catalog.pg_stat_activity WHERE datname = current_database() ORDER BY pid
-- then
SELECT nsp.oid, nsp.nspname AS name, has_schema_privilege(nsp.oid, 'CREATE') AS can_create, has_schema_privilege(nsp.oid, 'USAGE') AS has_usage, des.description FROM pg_catalog.pg_namespace nsp LEFT OUTER JOIN pg_catalog.pg_description des ON (des.objoid = nsp.oid AND des.classoid = 'pg_namespace'::regclass) WHERE nspname NOT LIKE E'pg\\_%' ORDER BY nspname
-- then
SELECT rel.oid, rel.relname AS name, (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid = rel.oid AND tgisinternal = false) AS triggercount, (SELECT count(*) FROM pg_catalog.pg_inherits WHERE inhrelid = rel.oid LIMIT 1) AS is_inherits FROM pg_catalog.pg_class rel WHERE rel.relkind IN ('r', 's', 't', 'p') AND rel.relnamespace = 'public'::regnamespace AND NOT rel.relispartition ORDER BY rel.relname
-- then
SELECT at.attname, at.attnum, ty.typname, pg_catalog.format_type(ty.oid, at.atttypmod) AS displaytypname, CASE WHEN ty.typelem > 0 THEN ty.typelem ELSE ty.oid END AS elemoid, (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = ty.typnamespace) AS typnspname, EXISTS (SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = at.attrelid AND contype = 'f' AND at.attnum = ANY (conkey)) AS is_fk FROM pg_catalog.pg_attribute at JOIN pg_catalog.pg_type ty ON ty.oid = atttypid WHERE at.attrelid = 'public.orders'::regclass AND at.attnum > 0 ORDER BY at.attnum
