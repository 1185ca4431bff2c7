-- And REINDEX.
REINDEX TABLE customers
