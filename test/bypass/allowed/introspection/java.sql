-- pgjdbc and Hibernate (pgjdbc/pgjdbc, pgjdbc/src/main/java/org/postgresql: core/v3/ConnectionFactoryImpl, jdbc/PgConnection, jdbc/TypeInfoCache, jdbc/PgDatabaseMetaData; hibernate/hibernate-orm, hibernate-core/src/main/java/org/hibernate: dialect/PostgreSQLDialect, dialect/lock/internal/PostgreSQLLockingSupport, tool/schema/extract/internal/InformationExtractorPostgreSQLImpl). One-liners as sent; the long ones in their manner.
SET extra_float_digits = 3
-- then
SET application_name = 'PostgreSQL JDBC Driver'
-- then
SHOW TRANSACTION ISOLATION LEVEL
-- then
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
-- then
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED
-- then
SET SESSION search_path TO 'public'
-- then
SET SESSION search_path TO DEFAULT
-- then
select current_catalog
-- then
select current_schema()
-- then
SELECT typinput = 'pg_catalog.array_in'::regproc AS is_array, typtype, typname FROM pg_catalog.pg_type LEFT JOIN (SELECT ns.oid AS place, path.at FROM pg_namespace AS ns JOIN (SELECT s.at, (current_schemas(false))[s.at] AS nspname FROM generate_series(1, array_upper(current_schemas(false), 1)) AS s(at)) AS path USING (nspname)) AS sp ON sp.place = typnamespace WHERE typname = 'mood' ORDER BY sp.at, pg_type.oid DESC
-- then
SELECT keyed.relname, keyed.attname, (keyed.keys).n AS seq FROM (SELECT ct.relname, a.attname, a.attnum, information_schema._pg_expandarray(i.indkey) AS keys, (information_schema._pg_expandarray(i.indkey)).n AS seq FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_attribute a ON a.attrelid = ct.oid JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid WHERE i.indisprimary) keyed WHERE keyed.attnum = (keyed.keys).x ORDER BY keyed.relname, seq
-- then
select current_database(), ci.relname, ic.n, ci.reltuples, pg_catalog.pg_get_expr(i.indpred, i.indrelid), trim(both '"' from pg_catalog.pg_get_indexdef(ci.oid, ic.n, false)), i.indoption[ic.n - 1] & 1::smallint from pg_catalog.pg_index i join pg_catalog.pg_class ci on ci.oid = i.indexrelid join information_schema._pg_expandarray(i.indkey) ic on 1=1
-- then
select * from information_schema.sequences
-- then
set client_min_messages = WARNING
-- then
select current_setting('lock_timeout', true)
-- then
select now()
