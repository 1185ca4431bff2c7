-- A MERGE without effect still locks what it reads for writing.
MERGE INTO customers c USING (VALUES (1)) v(id) ON c.id = v.id WHEN MATCHED THEN DO NOTHING
