-- Vectors compared and grouped.
SELECT DISTINCT embedding FROM items WHERE embedding = embedding ORDER BY embedding;
TABLE items
