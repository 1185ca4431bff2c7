-- Indexes.
SELECT indexrelid::regclass, pg_get_indexdef(indexrelid), indisunique, indisprimary FROM pg_index WHERE indrelid = 'orders'::regclass
