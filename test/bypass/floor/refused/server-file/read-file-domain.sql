-- In a domain's CHECK.
CREATE DOMAIN public.stolen AS text CHECK (VALUE <> pg_read_file('postgresql.conf'))
