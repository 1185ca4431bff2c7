-- What the gateway sets.
ALTER DATABASE bypass RESET default_transaction_read_only
