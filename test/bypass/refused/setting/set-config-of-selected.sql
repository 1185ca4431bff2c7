-- The setting is named by a row, which WHERE says: it is judged by that name.
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'transaction_read_only'
