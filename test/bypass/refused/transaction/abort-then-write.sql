-- The same by ABORT.
ABORT; DELETE FROM orders
