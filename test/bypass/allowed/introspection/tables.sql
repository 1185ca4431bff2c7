-- Tables.
SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT LIKE 'pg_%'
