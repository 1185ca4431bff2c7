-- Npgsql connecting (npgsql/npgsql, src/Npgsql/PostgresDatabaseInfo.cs, src/Npgsql/Internal/NpgsqlConnector.cs): its state query as sent; the types in the manner of its one text of four statements.
select pg_is_in_recovery()
-- then
SHOW default_transaction_read_only
-- then
SELECT version(); SELECT ns.nspname, typ.oid, CASE WHEN recv.proname = 'array_recv' THEN 'a' ELSE typ.typtype END AS kind, CASE WHEN typ.typtype = 'm' THEN (SELECT rngtypid FROM pg_range WHERE rngmultitypid = typ.oid) WHEN typ.typtype = 'r' THEN rngsubtype WHEN typ.typtype = 'd' THEN typ.typbasetype END AS of_type FROM pg_type AS typ JOIN pg_namespace AS ns ON ns.oid = typ.typnamespace LEFT JOIN pg_class AS cls ON cls.oid = typ.typrelid LEFT JOIN pg_proc AS recv ON recv.oid = typ.typreceive LEFT JOIN pg_range ON rngtypid = typ.oid ORDER BY CASE WHEN typ.typtype IN ('b', 'e', 'p') THEN 0 WHEN typ.typtype = 'c' THEN 1 END; SELECT typ.oid, att.attname, att.atttypid FROM pg_type AS typ JOIN pg_attribute AS att ON att.attrelid = typ.typrelid WHERE attnum > 0 AND NOT attisdropped; SELECT typ.oid, enumlabel FROM pg_enum JOIN pg_type AS typ ON typ.oid = enumtypid ORDER BY oid, enumsortorder;
-- then
BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED
-- then
COMMIT
-- then
DISCARD ALL
