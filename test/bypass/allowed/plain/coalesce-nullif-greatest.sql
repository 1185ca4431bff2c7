-- The small ones.
SELECT coalesce(note, ''), nullif(total, 0), greatest(1, total), least(1, total) FROM orders
