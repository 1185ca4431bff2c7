-- A new function's own setting.
ALTER FUNCTION harmless(int) SET transaction_read_only = off
