-- The same by role.
ALTER ROLE CURRENT_USER SET default_transaction_read_only = off
