-- In a sub-select.
SELECT count(*) FROM (SELECT * FROM customers FOR UPDATE) s
