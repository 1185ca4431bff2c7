-- UPDATE of pg_settings is SET.
UPDATE pg_settings SET setting = 'off' WHERE name = 'default_transaction_read_only'
