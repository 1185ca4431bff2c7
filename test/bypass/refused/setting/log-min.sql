-- The same.
SET log_min_messages = panic
