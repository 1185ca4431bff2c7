-- sqlx and tokio-postgres resolving types (launchbadge/sqlx, sqlx-postgres/src/connection/resolve.rs, sqlx-postgres/src/migrate.rs; sfackler/rust-postgres, tokio-postgres/src/prepare.rs), with values where they bind them.
SELECT oid::regtype::text, typtype, typcategory, typrelid, typelem, typbasetype FROM pg_catalog.pg_type WHERE oid = 1259
-- then
SELECT 'mood'::regtype::oid
-- then
SELECT oid, typarray FROM pg_catalog.pg_type WHERE oid = 'mood'::regtype::oid
-- then
SELECT 1259::oid::regclass::text, attname FROM pg_catalog.pg_attribute WHERE attrelid = 1259 AND attnum = 1
-- then
SELECT enumlabel FROM pg_catalog.pg_enum WHERE enumtypid = 25 ORDER BY enumsortorder
-- then
SELECT rngsubtype FROM pg_catalog.pg_range WHERE rngtypid = 3904
-- then
select exists(SELECT 1 from pg_database WHERE datname = 'bypass')
-- then
SELECT current_setting('server_version_num')
-- then
SELECT t.typname, t.typelem, r.rngsubtype, n.nspname FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid INNER JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = 25
