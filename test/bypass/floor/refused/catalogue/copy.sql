-- The server's own catalogue, filled by COPY.
COPY pg_catalog.pg_db_role_setting FROM STDIN
