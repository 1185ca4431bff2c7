-- MERGE.
MERGE INTO public.customers c USING (SELECT 19 AS id) s ON c.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'x') WHEN MATCHED THEN UPDATE SET name = 'merged'
