-- Sums and averages.
SELECT avg(embedding), sum(embedding) FROM items GROUP BY id % 2
