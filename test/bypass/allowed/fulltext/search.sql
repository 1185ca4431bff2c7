-- Full-text search.
SELECT id, ts_rank(to_tsvector('english', note), q) FROM orders, to_tsquery('english', 'note') q WHERE to_tsvector('english', note) @@ q
