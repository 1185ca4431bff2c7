-- System columns.
SELECT ctid, xmin, tableoid::regclass FROM customers LIMIT 1
