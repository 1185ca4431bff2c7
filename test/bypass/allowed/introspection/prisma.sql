-- Prisma's schema engine connecting and describing a schema (prisma/prisma-engines, schema-engine/connectors/sql-schema-connector/src/flavour/postgres, schema-engine/sql-schema-describer/src/postgres): the first as sent, with a value where it binds one; the others in the manner of its .sql files.
SELECT EXISTS(SELECT 1 FROM pg_namespace WHERE nspname = 'public'), version(), current_setting('server_version_num')::integer as numeric_version;
-- then
SELECT tbl.relname, (tbl.relhassubclass AND tbl.relkind = 'p') AS split, tbl.relrowsecurity, reloptions, obj_description(tbl.oid, 'pg_class') FROM pg_class AS tbl JOIN pg_namespace AS ns ON ns.oid = tbl.relnamespace WHERE ns.nspname = ANY (ARRAY['public'])
-- then
WITH parts AS (SELECT indrelid, indexrelid, unnest(indkey) AS key, generate_subscripts(indkey, 1) AS at, unnest(indclass) AS class, unnest(indoption) AS option FROM pg_index WHERE indpred IS NULL AND NOT indisexclusion) SELECT parts.at, opclass.opcname, am.amname, CASE parts.option & 1 WHEN 1 THEN 'DESC' ELSE 'ASC' END FROM parts JOIN pg_class AS idx ON idx.oid = parts.indexrelid JOIN pg_am AS am ON am.oid = idx.relam LEFT JOIN pg_opclass AS opclass ON opclass.oid = parts.class
-- then
SELECT conname, contype, pg_get_constraintdef(oid), condeferrable FROM pg_constraint WHERE contype NOT IN ('p', 'u', 'f')
