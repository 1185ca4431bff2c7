-- RESET goes to a default that may be off.
RESET transaction_read_only
