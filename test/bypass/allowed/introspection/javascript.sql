-- TypeORM, Sequelize, Knex and Drizzle (typeorm/typeorm, src/driver/postgres: PostgresDriver.ts, PostgresQueryRunner.ts; sequelize/sequelize, packages/postgres/src: connection-manager.ts, query-generator-typescript.internal.ts; knex/knex, lib/dialects/postgres: index.js, schema/pg-compiler.js, query/pg-querycompiler.js; drizzle-team/drizzle-orm, drizzle-kit/src/serializer/pgSerializer.ts). One-liners as sent, with values where they bind them; the long ones in their manner.
SELECT version()
-- then
SELECT * FROM current_database()
-- then
SELECT * FROM current_schema()
-- then
SELECT name FROM pg_available_extensions
-- then
SELECT table_name, obj_description((quote_ident(table_schema) || '.' || quote_ident(table_name))::regclass, 'pg_class') FROM information_schema.tables WHERE table_schema = 'public'
-- then
SELECT columns.*, pg_catalog.col_description((quote_ident(table_schema) || '.' || quote_ident(table_name))::regclass::oid, ordinal_position), ('"' || udt_schema || '"."' || udt_name || '"')::"regtype"::text FROM information_schema.columns WHERE table_schema = 'public'
-- then
SET standard_conforming_strings=on;SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;
-- then
WITH spans AS (SELECT rngtypid, typname, typarray, rngsubtype FROM pg_range LEFT JOIN pg_type ON pg_type.oid = rngtypid) SELECT pg_type.oid, pg_type.typarray, spans.* FROM pg_type LEFT JOIN spans ON pg_type.oid = spans.rngsubtype WHERE pg_type.typtype IN ('b', 'e')
-- then
SHOW SERVER_VERSION
-- then
SELECT i.relname, ix.indkey[:ix.indnkeyatts-1], ix.indkey[ix.indnkeyatts:], array_agg(a.attname), pg_get_indexdef(ix.indexrelid) FROM pg_index ix JOIN pg_class i ON i.oid = ix.indexrelid JOIN pg_attribute a ON a.attrelid = ix.indrelid GROUP BY i.relname, ix.indexrelid, ix.indkey, ix.indnkeyatts
-- then
SELECT (SELECT d.description FROM pg_catalog.pg_statio_all_tables st JOIN pg_catalog.pg_description d ON d.objoid = st.relid WHERE d.objsubid = c.ordinal_position AND st.relname = c.table_name) FROM information_schema.columns c WHERE c.table_name = 'orders'
-- then
select version();
-- then
set search_path to "public","app"
-- then
select * from information_schema.tables where table_name = 'orders' and table_schema = current_schema()
-- then
select * from information_schema.columns where table_name = 'orders' and table_catalog = current_database() and table_schema = current_schema()
-- then
SELECT rolname, rolinherit, rolcreatedb, rolcreaterole FROM pg_roles;
-- then
SELECT nsp.nspname FROM pg_catalog.pg_namespace nsp JOIN pg_catalog.pg_user owner ON owner.usesysid = nsp.nspowner WHERE nspname NOT LIKE 'pg_toast%'
-- then
SELECT schemaname, sequencename, increment_by, cycle, cache_size FROM pg_sequences
-- then
SELECT DISTINCT ON (ic.relname, k.at) ic.relname, coalesce(a.attname, pg_get_indexdef(i.indexrelid, k.at, false)), i.indoption[k.at-1] & 1 = 1, pg_get_expr(i.indpred, i.indrelid) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid CROSS JOIN LATERAL (SELECT unnest(i.indkey), generate_subscripts(i.indkey, 1) + 1) AS k(attnum, at) LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
-- then
SELECT idx.indexrelname, CASE WHEN con.conname IS NOT NULL THEN 1 ELSE 0 END AS made FROM pg_stat_user_indexes idx LEFT JOIN pg_constraint con ON con.conindid = idx.indexrelid GROUP BY idx.indexrelname, made
-- then
SELECT pg_get_viewdef(c.oid, true), ts.spcname, pg_tablespace_location(ts.oid) FROM pg_class c LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace WHERE c.relkind IN ('m', 'v')
