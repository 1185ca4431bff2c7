-- Ranks.
SELECT id, rank() OVER (PARTITION BY customer ORDER BY total DESC), row_number() OVER w FROM orders WINDOW w AS (ORDER BY id)
