-- What the gateway set at startup; RESET ALL would return there.
SET default_transaction_read_only = off
