-- pgAdmin connecting, its tree and its dashboard (pgadmin-org/pgadmin4, web/pgadmin/utils/driver/psycopg3/connection.py, web/pgadmin/dashboard/templates/dashboard/sql/default, web/pgadmin/browser/server_groups/servers). What it sends on connecting as sent; the long ones in their manner, over the same catalogues and functions.
SET DateStyle=ISO; SET client_min_messages=notice; SELECT set_config('bytea_output','hex',false) FROM pg_show_all_settings() WHERE name = 'bytea_output'; SET client_encoding='UTF8';
-- then
SELECT version()
-- then
SELECT db.oid AS did, pg_encoding_to_char(db.encoding), has_database_privilege(db.oid, 'CREATE') FROM pg_catalog.pg_database db WHERE db.datname = current_database()
-- then
SELECT gss_authenticated, encrypted FROM pg_catalog.pg_stat_gssapi WHERE pid = pg_backend_pid()
-- then
SELECT me.rolname, 'pg_signal_backend' = ANY (ARRAY(WITH RECURSIVE above AS (SELECT oid, rolname FROM pg_catalog.pg_roles WHERE oid = me.oid UNION ALL SELECT m.roleid, r.rolname FROM above JOIN pg_catalog.pg_auth_members m ON m.member = above.oid JOIN pg_catalog.pg_roles r ON r.oid = m.roleid) SELECT rolname FROM above)) AS signals FROM pg_catalog.pg_roles me WHERE me.rolname = current_user
-- then
SELECT CASE WHEN usesuper THEN pg_catalog.pg_is_in_recovery() ELSE false END FROM pg_catalog.pg_user WHERE usename = current_user
-- then
/*pga4dash*/ SELECT 'tps_stats' AS chart_name, pg_catalog.row_to_json(t) AS chart_data FROM (SELECT sum(xact_commit) + sum(xact_rollback) AS "Transactions" FROM pg_catalog.pg_stat_database) t
-- then
/*pga4dash*/ SELECT pid, usename, client_addr, pg_catalog.to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ'), wait_event_type || ': ' || wait_event, array_to_string(pg_catalog.pg_blocking_pids(pid), ', '), query FROM pg_catalog.pg_stat_activity WHERE datname = current_database()
-- then
/*pga4dash*/ SELECT pid, locktype, relation::regclass, classid::regclass, virtualxid, mode, granted, fastpath FROM pg_catalog.pg_locks ORDER BY pid, locktype
-- then
/*pga4dash*/ SELECT gid, database, owner, transaction FROM pg_catalog.pg_prepared_xacts
-- then
/*pga4dash*/ SELECT name, category, setting, unit, short_desc FROM pg_catalog.pg_show_all_settings() ORDER BY category
-- then
SELECT nsp.oid, nsp.nspname, has_schema_privilege(nsp.oid, 'CREATE') FROM pg_catalog.pg_namespace nsp WHERE nspname NOT LIKE E'pg\\_%' ORDER BY nspname
-- then
SELECT rel.oid, rel.relname, (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid = rel.oid AND NOT tgisinternal) AS triggers FROM pg_catalog.pg_class rel WHERE rel.relkind IN ('r', 's', 't', 'p') AND rel.relnamespace = 'public'::regnamespace AND NOT rel.relispartition
-- then
SELECT at.attname, pg_catalog.format_type(ty.oid, at.atttypmod), EXISTS (SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = at.attrelid AND contype = 'f' AND at.attnum = ANY (conkey)) FROM pg_catalog.pg_attribute at JOIN pg_catalog.pg_type ty ON ty.oid = atttypid WHERE at.attrelid = 'public.orders'::regclass AND at.attnum > 0
-- then
SELECT coalesce(gt.rolname, 'PUBLIC') AS grantee, pg_catalog.array_agg(b.kind ORDER BY b.kind) AS privileges, pg_catalog.array_agg(b.is_grantable) AS grantable FROM (SELECT (d).grantee AS grantee, (d).is_grantable AS is_grantable, CASE (d).privilege_type WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' ELSE 'UNKNOWN - ' || (d).privilege_type END AS kind FROM (SELECT pg_catalog.aclexplode(rel.relacl) AS d FROM pg_catalog.pg_class rel WHERE rel.relnamespace = 'public'::regnamespace) acl) b LEFT JOIN pg_catalog.pg_roles gt ON gt.oid = b.grantee GROUP BY gt.rolname ORDER BY grantee
-- then
SELECT rolname, rolcanlogin, rolsuper FROM pg_catalog.pg_roles WHERE oid = 10::OID
-- then
SELECT word FROM pg_get_keywords()
