-- MERGE inside WITH is new in 17.
WITH w AS (MERGE INTO customers c USING (VALUES (1)) v(id) ON c.id = v.id WHEN MATCHED THEN UPDATE SET name = 'm' RETURNING c.id) SELECT * FROM w
