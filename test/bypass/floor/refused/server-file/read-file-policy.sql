-- In a row policy.
CREATE POLICY p ON public.orders USING (pg_read_file('postgresql.conf') <> '')
