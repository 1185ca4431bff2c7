-- And within the transaction.
SET transaction_read_only = off
