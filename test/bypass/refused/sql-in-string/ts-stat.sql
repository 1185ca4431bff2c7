-- Full-text statistics take a query as text.
SELECT * FROM ts_stat('SELECT to_tsvector(definer_write(name)) FROM customers')
