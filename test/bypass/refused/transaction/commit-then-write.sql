-- COMMIT ends the guard's own transaction, as around-the-text guards found.
COMMIT; DELETE FROM orders
