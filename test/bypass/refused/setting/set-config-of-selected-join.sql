-- The name is that of another item.
SELECT set_config(b.name, 'off', false) FROM pg_settings a, pg_settings b WHERE a.name = 'TimeZone' AND b.name = 'transaction_read_only'
