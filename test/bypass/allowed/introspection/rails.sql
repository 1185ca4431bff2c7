-- Active Record connecting and reading a schema (rails/rails, activerecord/lib/active_record/connection_adapters: postgresql_adapter.rb, postgresql/schema_statements.rb, postgresql/database_statements.rb). One-liners as sent; the long ones in their manner, over the same catalogues and functions.
SET SESSION standard_conforming_strings TO 'on'
-- then
SET SESSION IntervalStyle TO 'iso_8601'
-- then
SET SESSION client_min_messages TO 'warning'
-- then
SET SESSION TimeZone TO 'UTC'
-- then
SHOW max_identifier_length
-- then
SHOW search_path
-- then
SELECT current_schema
-- then
SELECT current_schemas(false)
-- then
SELECT t.oid, t.typinput, r.rngsubtype FROM pg_type AS t LEFT JOIN pg_range AS r ON oid = rngtypid WHERE t.oid IN (25, 1700) UNION SELECT t.oid, t.typinput, r.rngsubtype FROM pg_type AS t LEFT JOIN pg_range AS r ON oid = rngtypid WHERE t.typtype IN ('r', 'e', 'd') AND t.typnamespace != 'pg_catalog'::regnamespace
-- then
SELECT a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum), attidentity, attgenerated FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_collation c ON c.oid = a.attcollation WHERE a.attrelid = '"orders"'::regclass AND a.attnum > 0
-- then
SELECT DISTINCT ON (c.relname) c.oid, pg_catalog.obj_description(c.oid, 'pg_class'), pg_catalog.pg_get_partkeydef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) ORDER BY c.relname, array_position(current_schemas(false), n.nspname)
-- then
SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indisprimary ORDER BY array_position(i.indkey, a.attnum)
-- then
SELECT i.relname, d.indkey, ARRAY(SELECT pg_get_indexdef(d.indexrelid, k + 1, true) FROM generate_subscripts(d.indkey, 1) AS k ORDER BY k) AS columns FROM pg_index d JOIN pg_class i ON i.oid = d.indexrelid WHERE d.indisprimary = 'f'
-- then
SELECT conname, (SELECT array_agg(a.attname ORDER BY at) FROM (SELECT at, c.conkey[at] AS key FROM generate_subscripts(c.conkey, 1) AS at) keys JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = keys.key) FROM pg_constraint c
-- then
SELECT n.nspname, array_agg(enum.enumlabel ORDER BY enum.enumsortorder) FROM pg_enum AS enum JOIN pg_type AS type ON type.oid = enum.enumtypid JOIN pg_namespace n ON type.typnamespace = n.oid GROUP BY n.nspname
-- then
SELECT exists(SELECT * FROM pg_proc JOIN pg_cast ON ARRAY[casttarget]::oidvector = proargtypes WHERE proname = 'lower' AND castsource = 'text'::regtype)
-- then
SELECT pg_get_serial_sequence('app.log', 'id')
-- then
SELECT installed_version IS NOT NULL FROM pg_available_extensions WHERE name = 'pgcrypto'
-- then
SET CONSTRAINTS ALL DEFERRED
-- then
BEGIN ISOLATION LEVEL REPEATABLE READ
-- then
ROLLBACK AND CHAIN
-- then
ROLLBACK
-- then
DISCARD ALL
