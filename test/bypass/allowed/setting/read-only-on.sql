-- Stricter is fine.
SET default_transaction_read_only = on
