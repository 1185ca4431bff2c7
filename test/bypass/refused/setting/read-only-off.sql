-- The obvious way out.
SET default_transaction_read_only = off
