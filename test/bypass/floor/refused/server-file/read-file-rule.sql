-- In a rule.
CREATE RULE r AS ON DELETE TO public.ruled DO ALSO SELECT pg_read_file('postgresql.conf')
