-- A client that wants to read only may, and may leave it again.
SET default_transaction_read_only = on
-- then
SET default_transaction_read_only = off
