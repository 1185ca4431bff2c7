-- Also this one.
REINDEX INDEX CONCURRENTLY customers_pkey
