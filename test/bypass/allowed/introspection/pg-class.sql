-- Relations.
SELECT c.relname, c.relkind, n.nspname, pg_catalog.pg_get_userbyid(c.relowner), obj_description(c.oid), pg_relation_size(c.oid), pg_size_pretty(pg_total_relation_size(c.oid)), c.reltuples FROM pg_catalog.pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND pg_table_is_visible(c.oid)
