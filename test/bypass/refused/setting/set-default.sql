-- So does SET … TO DEFAULT.
SET transaction_read_only TO DEFAULT
