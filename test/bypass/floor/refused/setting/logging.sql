-- What the server writes down of it.
SET log_statement = 'none'
