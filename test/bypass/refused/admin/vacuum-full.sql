-- And the one that rewrites the table.
VACUUM (FULL, ANALYZE) customers
