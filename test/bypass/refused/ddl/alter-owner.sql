-- Whose it is.
ALTER TABLE customers OWNER TO CURRENT_USER
