-- Hides from the server's log.
SET log_statement = 'none'
