-- Nearest neighbours by each distance.
SELECT id, embedding <-> '[1,2,3]' AS l2, embedding <#> '[1,2,3]', embedding <=> '[1,2,3]', embedding <+> '[1,2,3]' FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 5
