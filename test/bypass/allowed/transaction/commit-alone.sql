-- COMMIT outside a transaction warns only.
COMMIT
