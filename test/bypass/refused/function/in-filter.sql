-- In an aggregate's FILTER.
SELECT count(*) FILTER (WHERE definer_write('f') IS NOT NULL) FROM customers
