-- In MERGE.
MERGE INTO public.ruled r USING (SELECT 1 AS id) s ON r.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (length(pg_read_file('postgresql.conf')))
