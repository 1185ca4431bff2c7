-- DBeaver connecting and opening a schema (dbeaver/dbeaver, plugins/org.jkiss.dbeaver.ext.postgresql/src/org/jkiss/dbeaver/ext/postgresql/model: PostgreExecutionContext, PostgreDataSource, PostgreDatabase, PostgreSchema, PostgreRole, lock/PostgreLockManager). One-liners as sent; the long ones in their manner, over the same catalogues and functions.
SELECT current_schema(),session_user
-- then
SELECT version()
-- then
SHOW search_path
-- then
SET search_path = "public","app"
-- then
SELECT current_database()
-- then
SELECT db.oid,db.* FROM pg_catalog.pg_database db WHERE datname=current_database()
-- then
SELECT * FROM pg_catalog.pg_enum WHERE 1<>1 LIMIT 1
-- then
SELECT reltype FROM pg_catalog.pg_class WHERE 1<>1 LIMIT 1
-- then
SELECT n.oid, n.*, obj.description FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_description obj ON obj.objoid = n.oid AND obj.classoid = 'pg_namespace'::regclass ORDER BY nspname
-- then
SELECT t.oid, t.*, format_type(nullif(t.typbasetype, 0), t.typtypmod) AS base FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid WHERE c.relkind IS NULL OR c.relkind = 'c'
-- then
SELECT c.oid, c.*, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound, pg_catalog.pg_get_partkeydef(c.oid) AS split FROM pg_catalog.pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('i', 'I', 'c')
-- then
SELECT a.*, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) AS def, dep.objid FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum LEFT JOIN pg_depend dep ON dep.refobjid = a.attrelid AND dep.refobjsubid = a.attnum AND dep.deptype = 'i' WHERE a.attrelid = 'public.orders'::regclass AND NOT a.attisdropped ORDER BY a.attnum
-- then
SELECT c.oid, c.*, CASE WHEN c.contype = 'c' THEN "substring"(pg_get_constraintdef(c.oid), 7) END AS body FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid WHERE t.relnamespace = 'public'::regnamespace ORDER BY c.oid
-- then
SELECT i.*, i.indkey AS keys, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS half, pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) AS expr, pg_catalog.pg_relation_size(i.indexrelid) AS size, pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans FROM pg_catalog.pg_index i WHERE i.indrelid = 'public.orders'::regclass
-- then
SELECT p.oid, p.*, pg_catalog.pg_get_expr(p.proargdefaults, 0) AS defaults FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname
-- then
SELECT (pg_identify_object('pg_proc'::regclass, aggfnoid, 0)).identity, aggtransfn::regproc, format_type(aggtranstype, NULL), agginitval FROM pg_aggregate WHERE aggfnoid = 'pg_catalog.sum(int4)'::regprocedure::regproc
-- then
SELECT t.oid,t.*,pg_tablespace_location(t.oid) loc FROM pg_catalog.pg_tablespace t ORDER BY t.oid
-- then
SELECT name,default_version,installed_version,comment FROM pg_catalog.pg_available_extensions ORDER BY name
-- then
SELECT e.*, owned.tables FROM pg_catalog.pg_extension e LEFT JOIN (SELECT array_agg(cls.relname) AS tables, conf.of FROM (SELECT unnest(extconfig) AS oid, oid AS of FROM pg_catalog.pg_extension) conf JOIN pg_class cls ON cls.oid = conf.oid GROUP BY conf.of) owned ON owned.of = e.oid
-- then
SELECT * FROM (SELECT DISTINCT relname, relacl, (aclexplode(relacl)).grantee AS who FROM pg_class WHERE relacl IS NOT NULL UNION ALL SELECT DISTINCT nspname, nspacl, (aclexplode(nspacl)).grantee AS who FROM pg_catalog.pg_namespace WHERE nspacl IS NOT NULL) AS granted WHERE who = 10
-- then
SELECT * FROM pg_catalog.pg_auth_members WHERE roleid=10
-- then
SELECT r.oid, r.*, pg_get_ruledef(r.oid) AS definition FROM pg_rewrite r WHERE r.ev_class = 'public.order_totals'::regclass
-- then
SELECT x.oid, x.*, p.pronamespace FROM pg_catalog.pg_trigger x LEFT JOIN pg_catalog.pg_proc p ON p.oid = x.tgfoid WHERE x.tgrelid = 'public.orders'::regclass AND NOT x.tgisinternal
-- then
SELECT c.oid, pg_catalog.pg_total_relation_size(c.oid), pg_catalog.pg_relation_size(c.oid) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
-- then
SELECT * from pg_catalog.pg_sequences WHERE schemaname='public' AND sequencename='ticket'
-- then
SELECT * from public.ticket
-- then
SELECT sa.* FROM pg_catalog.pg_stat_activity sa
-- then
SELECT coalesce(db.datname, '') AS datname, coalesce(held.relation::regclass::varchar, '') AS relation, coalesce(held.transactionid::varchar, '') AS tid, held.granted FROM pg_locks held LEFT JOIN pg_catalog.pg_database db ON db.oid = held.database WHERE held.pid = 1
